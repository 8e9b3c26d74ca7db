//! Files that are not what was written: torn, mutated, cut, spliced.

use std::io;

use super::faulty::Faulty;
use super::*;

/// Records of different sizes; the second holds what looks like a head.
fn entries() -> Vec<Entry> {
    let like_a_head = file_of(&[entry(99, 3)]).split_off(4); // its magic is cut off
    let tricky = Entry { bytes: like_a_head.into(), gzip: false, items: 2 };
    vec![entry(1, 40), tricky, entry(3, 0), entry(5, 71)]
}

/// Where each record ends.
fn ends(entries: &[Entry]) -> Vec<usize> {
    let mut end = 0;
    let sizes = entries.iter().map(|e| HEAD + e.bytes.len());
    sizes
        .map(|size| {
            end += size;
            end
        })
        .collect()
}

/// A generator with a seed (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % bound as u64) as usize
    }
}

#[test]
fn a_file_torn_at_any_byte_gives_what_is_whole_and_counts_what_is_known() {
    let entries = entries();
    let (file, ends) = (file_of(&entries), ends(&entries));
    assert_eq!(file.len(), *ends.last().unwrap());
    for cut in 0..=file.len() {
        let folder = Folder::new();
        folder.leave(&file[..cut]);
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let begun = cut - ends[..whole].last().unwrap_or(&0);
        let known = begun >= HEAD;
        let (mut store, found) = folder.open(1 << 20);
        let items: u64 = entries[..whole].iter().map(|e| e.items).sum();
        let torn = if known { entries[whole].items } else { 0 };
        let unreadable = if known { 0 } else { begun as u64 };
        assert_eq!(
            (found.scan.items, found.scan.torn, found.scan.unreadable),
            (items, torn, unreadable),
            "{cut}"
        );
        drop(store);
        let (again, found) = folder.open(1 << 20);
        assert_eq!((found.scan.items, found.scan.torn), (items, 0), "{cut}: what is torn is counted once");
        store = again;
        assert_eq!(drain(&mut store), entries[..whole], "{cut}");
        assert_eq!((store.take_lost(), folder.segments().len()), (0, 0), "{cut}");
    }
}

#[test]
fn a_disk_that_is_full_at_any_byte_keeps_what_it_took() {
    let entries = entries();
    let total = file_of(&entries).len();
    for (room, stiff) in (0..=total).flat_map(|room| [(room, false), (room, true)]) {
        let (folder, disk) = (Folder::new(), Faulty::default());
        let (mut store, _) = Store::open(Box::new(disk.clone()), &folder.root(), 1 << 20).unwrap();
        disk.set(|f| (f.room, f.stiff) = (Some((room, io::ErrorKind::StorageFull)), stiff));
        let taken = entries.iter().filter(|e| match store.append(e) {
            Ok(()) => true,
            Err(Refusal::Full) => false,
            Err(Refusal::Failed) => panic!("a full disk is no error of its own"),
        });
        let mut taken: Vec<Entry> = taken.cloned().collect();
        disk.set(|f| (f.room, f.stiff) = (None, false));
        store.append(&entry(7, 9)).unwrap(); // there is room again
        taken.push(entry(7, 9));
        drop(store);
        let (mut store, found) = folder.open(1 << 20);
        assert_eq!(found.scan.items, taken.iter().map(|e| e.items).sum::<u64>(), "{room} {stiff}");
        assert_eq!(drain(&mut store), taken, "{room} {stiff}");
    }
}

#[test]
fn bytes_that_change_anywhere_cost_the_records_they_are_in() {
    let entries: Vec<_> = (1..=8).map(|n| entry(n, 20 + n as usize * 7)).collect();
    let (file, ends) = (file_of(&entries), ends(&entries));
    for seed in 0..1_500 {
        let mut random = Random(seed);
        let mut damaged = file.clone();
        let mut hit = vec![false; entries.len()];
        for _ in 0..=random.below(6) {
            let at = random.below(file.len());
            damaged[at] ^= 1 + random.below(255) as u8;
            hit[ends.iter().filter(|end| **end <= at).count()] = true;
        }
        let folder = Folder::new();
        folder.leave(&damaged);
        let (mut store, found) = folder.open(1 << 20);
        let drained = drain(&mut store);
        let items: u64 = drained.iter().map(|e| e.items).sum();
        assert_eq!(found.scan.items, items + store.take_lost(), "seed {seed}");
        assert!(drained.iter().all(|e| entries.contains(e)), "seed {seed}: nothing is made up");
        let whole = entries.iter().zip(&hit).filter(|(_, hit)| !**hit).map(|(e, _)| e);
        assert!(whole.clone().all(|e| drained.contains(e)), "seed {seed}: {hit:?}");
        assert_eq!((store.bytes(), folder.segments().len()), (0, 0), "seed {seed}");
    }
}

#[test]
fn files_of_anything_are_read_to_their_end() {
    let file = file_of(&entries());
    for seed in 0..1_000 {
        let mut random = Random(seed ^ 0xabcd);
        let mut bytes = Vec::new();
        for _ in 0..random.below(12) {
            let from = random.below(file.len());
            let to = from + random.below(file.len() - from + 1);
            match random.below(3) {
                0 => bytes.extend((from..to).map(|_| random.below(256) as u8)),
                1 => bytes.extend(vec![0; to - from]),
                _ => bytes.extend(&file[from..to]),
            }
        }
        let folder = Folder::new();
        folder.leave(&bytes);
        let (mut store, found) = folder.open(1 << 20);
        let items: u64 = drain(&mut store).iter().map(|e| e.items).sum();
        assert_eq!(found.scan.items, items + store.take_lost(), "seed {seed}");
        assert_eq!((store.bytes(), folder.segments().len()), (0, 0), "seed {seed}");
    }
}

#[test]
fn what_changes_under_the_spool_is_counted_to_the_item() {
    for seed in 0..500 {
        let folder = Folder::new();
        let (mut store, _) = folder.open(8 * 500);
        (1..=12).for_each(|n| store.append(&entry(n, 150)).unwrap());
        let mut random = Random(seed);
        let files = folder.segments();
        let path = &files[random.below(files.len())];
        let mut bytes = std::fs::read(path).unwrap();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 + random.below(255) as u8;
        }
        bytes.truncate(bytes.len() - random.below(3) * 70);
        std::fs::write(path, &bytes).unwrap();
        let items: u64 = drain(&mut store).iter().map(|e| e.items).sum();
        assert_eq!(items + store.take_lost(), (1..=12).sum::<u64>(), "seed {seed}");
        assert_eq!(store.bytes(), 0, "seed {seed}");
    }
}

#[test]
fn a_record_across_the_border_of_what_is_searched_at_once_is_found() {
    let last = entry(3, 10);
    for shift in 0..40 {
        let mut file = vec![b'o'; (64 << 10) - 20 + shift];
        file.extend(file_of(std::slice::from_ref(&last)));
        let folder = Folder::new();
        folder.leave(&file);
        let (mut store, found) = folder.open(1 << 20);
        assert_eq!((found.scan.items, found.scan.unreadable), (3, (64 << 10) - 20 + shift as u64));
        assert_eq!(drain(&mut store), std::slice::from_ref(&last), "{shift}");
    }
}

#[test]
fn a_mark_is_one_byte_outside_of_the_checksums() {
    let folder = Folder::new();
    let mut file = file_of(&[entry(1, 10), entry(2, 10)]);
    file[MARK as usize] = DONE;
    folder.leave(&file);
    let (mut store, found) = folder.open(1 << 20);
    assert_eq!(found.scan.items, 2);
    assert_eq!(drain(&mut store), [entry(2, 10)]);
}
