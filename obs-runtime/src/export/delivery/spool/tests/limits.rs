//! Bounds, a disk without room and one that fails.

use std::process::Command;

use super::faulty::Faulty;
use super::*;

fn faulty(folder: &Folder) -> (Store, Faulty) {
    let disk = Faulty::default();
    (Store::open(Box::new(disk.clone()), &folder.root(), 1 << 20).unwrap().0, disk)
}

#[test]
fn a_full_spool_refuses_the_newest_until_files_are_done() {
    let folder = Folder::new();
    let max = 40_000;
    let (mut store, _) = folder.open(max);
    let taken = (1..=100).take_while(|n| store.append(&entry(*n, 1_000)).is_ok()).count();
    assert_eq!(taken as u64, max / (1_000 + HEAD as u64));
    assert!(matches!(store.append(&entry(1, 1_000)), Err(Refusal::Full)));
    let sizes = folder.segments().iter().map(|f| f.metadata().unwrap().len()).sum::<u64>();
    assert_eq!((sizes, sizes <= max), (store.bytes(), true));
    for _ in 0..4 {
        let (token, _) = store.next().unwrap();
        store.settle(token);
    }
    store.append(&entry(200, 1_000)).unwrap();
    let left = drain(&mut store);
    assert_eq!(left.first().unwrap().items, 5, "the oldest stay");
    assert_eq!((left.len(), left.last().unwrap().items), (taken - 4 + 1, 200));
}

#[test]
fn what_an_earlier_process_left_counts_towards_the_bound() {
    let folder = Folder::new();
    let (mut store, _) = folder.open(40_000);
    (1..=30).for_each(|n| store.append(&entry(n, 1_000)).unwrap());
    drop(store);
    let (mut store, _) = folder.open(20_000);
    assert!(matches!(store.append(&entry(1, 1)), Err(Refusal::Full)));
    assert_eq!(drain(&mut store).len(), 30);
    store.append(&entry(1, 1)).unwrap();
}

#[test]
fn a_real_disk_without_room_refuses_and_takes_again() {
    let folder = Folder::new();
    let mount = |program: &str, args: &[&str]| Command::new(program).args(args).arg(&folder.0).status();
    if !mount("mount", &["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).is_ok_and(|s| s.success()) {
        return eprintln!("not run: only root can mount a file system of its own");
    }
    let (mut store, _) = folder.open(1 << 30);
    let taken = (1..=100).take_while(|n| store.append(&entry(*n, 5_000)).is_ok()).count();
    let refused = store.append(&entry(7, 5_000));
    let left = drain(&mut store).len();
    let again = store.append(&entry(8, 5_000)).is_ok();
    let trouble = store.take_trouble();
    drop(store);
    assert!(mount("umount", &[]).unwrap().success());
    assert!(matches!(refused, Err(Refusal::Full)), "{refused:?}");
    assert!((5..=13).contains(&taken) && left == taken && again, "{taken} {left} {again}");
    assert!(trouble.is_none(), "{trouble:?}");
}

#[test]
fn errors_of_writing_refuse_and_are_told() {
    let folder = Folder::new();
    let (mut store, disk) = faulty(&folder);
    store.append(&entry(1, 50)).unwrap();
    for (room, stiff) in [(0, false), (10, false), (40, true), (0, true)] {
        disk.set(|f| (f.room, f.stiff) = (Some((room, std::io::ErrorKind::Other)), stiff));
        assert!(matches!(store.append(&entry(2, 50)), Err(Refusal::Failed)));
        assert!(store.take_trouble().is_some());
    }
    disk.set(|f| (f.room, f.stiff, f.closed) = (None, false, true));
    assert!(matches!(store.append(&entry(2, 50)), Err(Refusal::Failed)), "no file can be made");
    disk.set(|f| f.closed = false);
    store.append(&entry(3, 50)).unwrap();
    assert_eq!(drain(&mut store), [entry(1, 50), entry(3, 50)]);
    assert_eq!((store.take_lost(), store.bytes()), (0, 0));
}

#[test]
fn errors_of_reading_are_tried_again_and_lose_a_file_in_the_end() {
    let folder = Folder::new();
    let (mut store, disk) = faulty(&folder);
    (1..=2).for_each(|n| store.append(&entry(n, 50)).unwrap());
    disk.set(|f| f.reads = 2);
    assert!(store.next().is_none() && store.take_trouble().is_some());
    assert!(store.next().is_none() && store.take_lost() == 0);
    let (token, first) = store.next().unwrap();
    assert_eq!(first, entry(1, 50));
    disk.set(|f| f.reads = u32::MAX);
    assert!((0..3).all(|_| store.next().is_none()));
    assert_eq!(store.take_lost(), 2, "the one on its way is not lost");
    store.settle(token);
    assert_eq!((store.take_lost(), store.bytes(), folder.segments().len()), (0, 0, 0));
}

#[test]
fn a_file_that_cannot_be_marked_is_sent_once_by_this_process() {
    let folder = Folder::new();
    let (mut store, disk) = faulty(&folder);
    (1..=3).for_each(|n| store.append(&entry(n, 50)).unwrap());
    disk.set(|f| f.stiff = true);
    let (first, second) = (store.next().unwrap(), store.next().unwrap());
    store.settle(second.0);
    assert!(store.take_trouble().is_some());
    store.give_back(first.0);
    assert_eq!(drain(&mut store), [entry(1, 50), entry(3, 50)]);
}

#[test]
fn files_that_cannot_be_removed_are_emptied_and_removed_later() {
    let folder = Folder::new();
    let (mut store, disk) = faulty(&folder);
    disk.set(|f| f.sticky = true);
    store.append(&entry(1, 50)).unwrap();
    assert_eq!(drain(&mut store).len(), 1);
    assert!(store.take_trouble().is_some());
    assert_eq!((store.bytes(), folder.segments().len()), (0, 1));
    disk.set(|f| f.sticky = false);
    store.append(&entry(2, 50)).unwrap();
    assert_eq!(drain(&mut store), [entry(2, 50)]);
    assert_eq!(folder.segments().len(), 0);
}

#[test]
fn a_disk_that_cannot_sync_costs_a_warning() {
    let folder = Folder::new();
    let (mut store, disk) = faulty(&folder);
    disk.set(|f| f.unsynced = true);
    store.append(&entry(1, 50)).unwrap();
    assert!(store.take_trouble().is_none(), "not with every record");
    store.append(&entry(1, 200_000)).unwrap(); // the first file is full
    assert!(store.take_trouble().is_some());
    store.close();
    assert!(store.take_trouble().is_some());
    drop(store);
    assert_eq!(folder.open(1 << 20).1.scan.items, 2);
}

#[test]
fn a_request_larger_than_a_file_has_one_of_its_own() {
    let folder = Folder::new();
    let (mut store, _) = folder.open(80_000);
    [100, 30_000, 100].iter().for_each(|size| store.append(&entry(1, *size)).unwrap());
    assert_eq!(folder.segments().len(), 3);
    assert_eq!(drain(&mut store).len(), 3);
}
