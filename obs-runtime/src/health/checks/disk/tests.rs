//! Figures of all kinds, and a real file system.
#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by panicking

use super::*;
use crate::folder::Folder;
use crate::health::Standing;
use crate::health::checks::tests::{detail, look, refused, said};
use crate::record::Value;

const ROOM: Room = Room { free_bytes: 500, all_bytes: 1_000, free_inodes: 50, all_inodes: 100 };

fn disk() -> Check<DiskSpace> {
    disk_space("uploads", "/up")
}

fn judged(check: &Check<DiskSpace>, room: Room) -> String {
    check.work.judge(Ok(room)).to_string()
}

#[test]
fn bytes_and_inodes_are_judged_by_what_is_free_for_us() {
    assert_eq!(judged(&disk(), ROOM), "healthy");
    assert_eq!(judged(&disk(), Room { free_bytes: 100, ..ROOM }), "healthy");
    assert_eq!(
        judged(&disk(), Room { free_bytes: 99, ..ROOM }),
        "degraded: 99 bytes free on /up, 9.9 %, below 10.0 %"
    );
    assert_eq!(
        judged(&disk(), Room { free_bytes: 50, ..ROOM }),
        "degraded: 50 bytes free on /up, 5.0 %, below 10.0 %"
    );
    assert_eq!(
        judged(&disk(), Room { free_bytes: 49, ..ROOM }),
        "unhealthy: 49 bytes free on /up, 4.9 %, below 5.0 %"
    );
    assert_eq!(
        judged(&disk(), Room { free_inodes: 9, ..ROOM }),
        "degraded: 9 inodes free on /up, below 10.0 %"
    );
    assert_eq!(
        judged(&disk(), Room { free_inodes: 4, ..ROOM }),
        "unhealthy: 4 inodes free on /up, below 5.0 %"
    );
    let uncounted = Room { free_inodes: 0, all_inodes: 0, ..ROOM };
    assert_eq!(judged(&disk(), uncounted), "healthy", "btrfs and others make inodes as they need them");
    let worst = Room { free_bytes: 70, free_inodes: 4, ..ROOM };
    assert_eq!(judged(&disk(), worst), "unhealthy: 4 inodes free on /up, below 5.0 %");
}

#[test]
fn thresholds_are_shares_or_bytes() {
    let check = disk().degraded_below(Free::Bytes(600)).unhealthy_below(Free::Ratio(0.2));
    assert_eq!(judged(&check, ROOM), "degraded: 500 bytes free on /up, 50.0 %, below 600 bytes");
    assert_eq!(
        judged(&check, Room { free_bytes: 199, ..ROOM }),
        "unhealthy: 199 bytes free on /up, 19.9 %, below 20.0 %"
    );
    let few = Room { free_bytes: 700, free_inodes: 9, ..ROOM };
    assert_eq!(judged(&check, few), "unhealthy: 9 inodes free on /up, below 20.0 %");
    let crossed = disk().degraded_below(Free::Ratio(0.01));
    let problem = "it would be unhealthy below 5.0 % before it is degraded below 1.0 %; raise the second";
    assert_eq!(refused(crossed), format!("health check `uploads`: {problem}"));
    let problem = refused(disk().unhealthy_below(Free::Ratio(5.0)));
    assert!(problem.ends_with("`unhealthy_below(5)` is no share; write one from 0.0 to 1.0"), "{problem}");
}

#[cfg(unix)]
#[test]
fn a_real_file_system_has_the_room_that_df_says() {
    let folder = Folder::new();
    let df = std::process::Command::new("df").args(["-P", "-k"]).arg(folder.path()).output().unwrap();
    let df = String::from_utf8(df.stdout).unwrap();
    let fields: Vec<u64> =
        df.lines().nth(1).unwrap().split_whitespace().filter_map(|f| f.parse().ok()).collect();
    let [_size, used, available] = fields[..] else { panic!("{df}") };
    let there = room(folder.path()).unwrap();
    let near = |kib: u64, bytes: u64| (kib * 1024).abs_diff(bytes) < 1 << 30; // others write, too
    assert!(near(available, there.free_bytes), "{df} {there:?}");
    assert!(near(used + available, there.all_bytes), "{df} {there:?}");
    assert!(there.free_inodes <= there.all_inodes && there.all_bytes > 0, "{there:?}");

    let all_of_it = disk_space("uploads", folder.path())
        .degraded_below(Free::Ratio(0.0))
        .unhealthy_below(Free::Ratio(0.0));
    let report = look(all_of_it);
    assert_eq!(said(&report), (Standing::Healthy, ""));
    assert_eq!(detail(&report, "path"), Some(Value::from(folder.text().to_owned())));
    let too_little = disk_space("uploads", folder.path()).degraded_below(Free::Bytes(1 << 60));
    let report = look(too_little.unhealthy_below(Free::Ratio(0.0)));
    let (standing, reason) = said(&report);
    assert!(standing == Standing::Degraded && reason.contains(" free on "), "{standing}: {reason}");
}

#[cfg(unix)]
#[test]
fn a_path_that_is_not_there_is_unhealthy() {
    let folder = Folder::new();
    let missing = folder.path().join("missing");
    let report = look(disk_space("uploads", &missing));
    let (standing, reason) = said(&report);
    assert_eq!(standing, Standing::Unhealthy);
    assert!(reason.starts_with(&format!("{} cannot be looked at: ", missing.display())), "{reason}");
    let report = look(disk_space("uploads", "a\0b"));
    assert_eq!(report.standing, Standing::Unhealthy);
    let nothing = Room { free_bytes: 0, all_bytes: 0, ..ROOM };
    assert_eq!(
        judged(&disk(), nothing),
        "unhealthy: that is no file system with room; name a folder on a disk"
    );
}
