//! How a program ends.

use std::cell::RefCell;
use std::process::exit;

use obs::Guard;

use crate::{LONG, init, work_on_threads};

/// The status of a program that says how it ended.
const STATUS: i32 = 7;

thread_local! {
    /// A guard that goes with the thread's locals.
    static KEPT: RefCell<Option<Guard>> = const { RefCell::new(None) };
}

#[obs::traced]
fn panics() {
    panic!("as told");
}

pub(crate) fn run(end: &str) {
    match end {
        "return" => {
            let _guard = init();
            work_on_threads();
        }
        "exit" => {
            let _guard = init();
            work_on_threads();
            exit(STATUS);
        }
        "exit-on-a-worker" => {
            let runtime =
                tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().expect("a runtime");
            runtime.block_on(async {
                let _guard = init();
                work_on_threads();
                let _never = tokio::spawn(async { exit(STATUS) }).await;
            });
        }
        "exit-elsewhere" => {
            let _guard = init();
            work_on_threads();
            let _never = std::thread::spawn(|| exit(STATUS)).join();
        }
        "exit-after-drop" => {
            let guard = init();
            work_on_threads();
            drop(guard);
            exit(STATUS);
        }
        "forget" => {
            let guard = init();
            work_on_threads();
            std::mem::forget(guard);
        }
        "thread-local" => {
            let guard = init();
            work_on_threads();
            KEPT.with(|kept| *kept.borrow_mut() = Some(guard));
        }
        "panic" => {
            std::panic::set_hook(Box::new(|_| eprintln!("hook of the program")));
            let _guard = init();
            work_on_threads();
            panics();
        }
        end => signals(end),
    }
}

#[cfg(not(unix))]
fn signals(end: &str) {
    panic!("no such end: {end}");
}

/// Ends that signals bring.
#[cfg(unix)]
fn signals(end: &str) {
    let guard = match end {
        "handlers" => return unix::handlers(),
        "own-handler" => return unix::own_handler(),
        "fork" => return unix::fork(),
        "unasked" => init(),
        "signal-after-drop" => {
            drop(unix::asked(LONG));
            unix::ready()
        }
        "signal" | "signal-exec" => unix::asked(LONG),
        other => panic!("no such end: {other}"),
    };
    work_on_threads();
    if end == "signal-exec" {
        unix::exec();
    }
    unix::wait(guard);
}

#[cfg(unix)]
#[allow(unsafe_code)] // signals are asked about and handled past the library
mod unix {
    use std::mem::MaybeUninit;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::*;

    pub(super) fn asked(timeout: Duration) -> Guard {
        let builder = obs::builder().admin_off().shutdown_timeout(timeout).shutdown_on_signals();
        builder.init().expect("it starts")
    }

    pub(super) fn ready() -> ! {
        println!("ready: yes");
        loop {
            std::thread::park();
        }
    }

    /// Waits for a signal.
    pub(super) fn wait(guard: Guard) -> ! {
        let _guard = guard;
        ready()
    }

    /// Becomes another program, which handles no signals.
    pub(super) fn exec() -> ! {
        let error = Command::new("sh").args(["-c", "echo 'ready: yes'; exec sleep 600"]).exec();
        panic!("{error}");
    }

    /// Says whether `init()` changed what happens at any signal.
    pub(super) fn handlers() {
        let before = all();
        let _guard = init();
        println!("same: {}", before == all());
    }

    /// What happens at every signal.
    fn all() -> Vec<(usize, i32)> {
        let one = |signal| {
            let mut action = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: it changes nothing, and fills in the room that it is given, which zeroes are valid in.
            let action = unsafe {
                libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr());
                action.assume_init()
            };
            (action.sa_sigaction, action.sa_flags)
        };
        (1..32).map(one).collect()
    }

    /// Forks in the middle of the work. Both processes exit by themselves, with all that the parent had recorded.
    pub(super) fn fork() {
        let _guard = asked(LONG);
        work_on_threads();
        // SAFETY: the child makes spans and exits, which the C library's heap survives.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "the system refuses a process");
        if child == 0 {
            // SAFETY: it takes any number: a child that hangs is ended.
            unsafe { libc::alarm(30) };
            (0..crate::SPANS).for_each(|number| crate::work(2 * crate::SPANS + number));
            exit(STATUS);
        }
        let mut status = 0;
        // SAFETY: it is a child that nobody has waited for yet, and `status` has room for how it ended.
        let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
        println!(
            "child: {}",
            waited == child && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == STATUS
        );
        let mut program = Command::new("true");
        // SAFETY: nothing is done between fork and exec; asking for it has the process forked.
        unsafe { program.pre_exec(|| Ok(())) };
        println!("program: {}", program.status().is_ok_and(|status| status.success()));
    }

    static TOLD: AtomicBool = AtomicBool::new(false);

    extern "C" fn tell(_: i32) {
        TOLD.store(true, Ordering::SeqCst);
    }

    /// Shuts down by itself, on a signal that it handled before it started.
    pub(super) fn own_handler() {
        // SAFETY: the handler stores an atomic.
        unsafe { libc::signal(libc::SIGTERM, tell as *const () as libc::sighandler_t) };
        let guard = asked(LONG);
        work_on_threads();
        println!("ready: yes");
        while !TOLD.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(5)); // the pause of a poll
        }
        crate::work(crate::SPANS); // observing goes on
        drop(guard);
        exit(STATUS);
    }
}
