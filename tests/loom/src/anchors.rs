//! The anchor of wall time, read while it is set.

use loom::sync::Arc;
use loom::sync::atomic::AtomicU64;
use loom::thread;

use crate::tick::anchor::{Anchor, Holder};

#[test]
fn an_anchor_is_read_whole() {
    loom::model(|| {
        let holder = Arc::new(Holder::of([(); 4].map(|()| AtomicU64::new(0))));
        let writer = thread::spawn({
            let holder = Arc::clone(&holder);
            move || holder.set(Anchor { tick: 1, unix_nanos: 1, scale: 1 })
        });
        let Anchor { tick, unix_nanos, scale } = holder.get();
        assert!(tick == unix_nanos && unix_nanos == scale);
        writer.join().unwrap();
        assert_eq!(holder.get().tick, 1);
    });
}
