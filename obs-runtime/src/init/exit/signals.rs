//! SIGTERM and SIGINT, where the program asks for it.

use std::io::{self, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;

use super::super::guard::Running;
use super::system::{self, Disposition};
use crate::{forked, quiet};

const SIGNALS: [c_int; 2] = [libc::SIGTERM, libc::SIGINT];

/// The way out of the handler: a byte for a signal, or for the end.
static WAY: OnceLock<PipeWriter> = OnceLock::new();

/// Whether anything is left to be delivered.
static ARMED: AtomicBool = AtomicBool::new(false);

/// The signal that came first, of those that end the process; 0 for none.
static FIRST: AtomicI32 = AtomicI32::new(0);

const SIGNAL: u8 = b's';
const HANDLED: u8 = b'h';
const OVER: u8 = b'o';

/// Has signals handled that are not ignored, and starts the thread that delivers.
pub(super) fn watch(running: &Arc<Running>) -> io::Result<()> {
    let (reader, writer) = io::pipe()?;
    let _once = WAY.set(writer);
    let running = Arc::clone(running);
    thread::Builder::new().name("obs-signals".to_owned()).spawn(move || wait(reader, &running))?;
    ARMED.store(true, Ordering::SeqCst);
    for signal in SIGNALS {
        match system::disposition(signal)? {
            Disposition::Default => system::on_signal(signal, ends)?,
            Disposition::Handled => system::on_signal(signal, is_handled)?,
            Disposition::Ignored => {}
        }
    }
    Ok(())
}

/// Nothing is left: signals do what they did without us, and the thread ends.
pub(super) fn forget() {
    if ARMED.swap(false, Ordering::SeqCst) {
        tell(OVER);
    }
}

/// In the handler of a signal that ends the process.
fn ends(signal: c_int) {
    let is_first = FIRST.compare_exchange(0, signal, Ordering::SeqCst, Ordering::SeqCst).is_ok();
    if !is_first || forked::is_child() || !ARMED.load(Ordering::SeqCst) {
        system::end_by(signal);
    }
    tell(SIGNAL);
}

/// In the handler of a signal that the program handles, after its own.
fn is_handled(_: c_int) {
    if !forked::is_child() && ARMED.load(Ordering::SeqCst) {
        tell(HANDLED);
    }
}

fn tell(what: u8) {
    // A pipe takes far more bytes than there are signals that anybody waits for.
    let _full = WAY.get().map(|mut way| way.write(&[what]));
}

/// Waits for signals, on a thread of its own.
fn wait(mut reader: PipeReader, running: &Running) {
    quiet::hush();
    let mut what = [0];
    while reader.read_exact(&mut what).is_ok() {
        match what {
            [SIGNAL] => {
                running.leave_slowly();
                running.stop();
                system::end_by(FIRST.load(Ordering::SeqCst));
            }
            [HANDLED] => {
                let _said_elsewhere = running.flush(running.timeout);
            }
            _ => return,
        }
    }
}
