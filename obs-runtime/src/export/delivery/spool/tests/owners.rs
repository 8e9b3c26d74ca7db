//! Whose a folder is.

use super::*;

#[test]
fn a_second_process_writes_beside_and_the_next_takes_over_both() {
    let folder = Folder::new();
    let (mut first, _) = folder.open(1 << 20);
    first.append(&entry(1, 10)).unwrap();
    let (mut second, found) = folder.open(1 << 20);
    assert_eq!((found.others, found.scan.items), (1, 0), "what the first has is its own");
    assert_ne!(first.home(), second.home());
    second.append(&entry(2, 10)).unwrap();
    first.append(&entry(3, 10)).unwrap();
    drop((first, second));
    let (mut third, found) = folder.open(1 << 20);
    assert_eq!((found.others, found.scan.items), (0, 6));
    let (_fourth, found) = folder.open(1 << 20);
    assert_eq!((found.others, found.scan.items), (2, 0), "nothing is taken over twice");
    assert_eq!(drain(&mut third), [entry(1, 10), entry(3, 10), entry(2, 10)], "file after file");
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_or_write() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    std::fs::create_dir(folder.root()).unwrap();
    std::fs::set_permissions(folder.root(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let (mut store, _) = folder.open(1 << 20);
    store.append(&entry(1, 10)).unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.root()), mode(store.home())), (0o700, 0o700));
    assert_eq!(mode(&folder.segments()[0]), 0o600);
    assert_eq!(mode(&store.home().join("lock")), 0o600);
}

#[cfg(unix)]
#[test]
fn a_link_in_the_place_of_the_folder_is_not_followed() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    std::os::unix::fs::symlink(&elsewhere.0, folder.root()).unwrap();
    let refused = Store::open(Box::new(System), &folder.root(), 1 << 20).err().unwrap();
    assert_eq!(refused.kind(), std::io::ErrorKind::NotADirectory);
    assert_eq!(std::fs::read_dir(&elsewhere.0).unwrap().count(), 0);
}

#[test]
fn what_is_no_folder_of_a_process_is_left_alone() {
    let folder = Folder::new();
    std::fs::create_dir(folder.root()).unwrap();
    for name in ["notes.txt", "0", "99999999"] {
        std::fs::write(folder.root().join(name), "mine").unwrap();
    }
    let (mut store, _) = folder.open(1 << 20);
    store.append(&entry(1, 10)).unwrap();
    assert_eq!(std::fs::read(folder.root().join("0")).unwrap(), b"mine");
    assert_eq!(drain(&mut store), [entry(1, 10)]);
}
