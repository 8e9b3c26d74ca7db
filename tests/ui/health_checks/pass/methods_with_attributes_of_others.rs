#![deny(warnings, clippy::pedantic)]

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use obs::__private::{CATALOG, Entry, Run, States};
use obs::{State, health_check, health_checks, observed, traced};

struct Pool {
    limit: u8,
}

#[traced(level = "debug")]
#[health_checks]
impl Pool {
    #[health_check]
    async fn traced_outside(&self, asked: State<u8>) -> bool {
        std::future::ready(*asked < self.limit).await
    }

    #[obs::skip]
    #[health_check]
    fn skipped_outside(&self) -> bool {
        self.limit > 1
    }
}

#[health_checks]
#[observed]
impl Pool {
    #[health_check]
    #[inline]
    fn traced_inside(&self) -> bool {
        self.limit > 1
    }

    #[obs::skip]
    #[health_check]
    fn skipped_inside(&self) -> bool {
        self.limit > 1
    }
}

#[health_checks]
impl Pool {
    #[health_check]
    #[traced(name = "by a name")]
    async fn traced_below(&self) -> bool {
        std::future::ready(self.limit > 1).await
    }

    #[traced]
    #[health_check]
    fn traced_above() -> Result<(), &'static str> {
        Err("never")
    }

    #[allow(dead_code)] // it is called by name only where probes run
    #[health_check]
    fn kept_attribute(&self) -> bool {
        self.limit > 1
    }
}

trait Probe {
    fn of_a_trait(&self) -> bool;
}

#[traced]
#[health_checks]
impl Probe for Pool {
    #[health_check]
    fn of_a_trait(&self) -> bool {
        self.limit > 1
    }
}

#[traced(level = "info")]
mod inner {
    pub struct Inner;

    #[obs::health_checks]
    impl Inner {
        #[obs::health_check]
        fn in_a_module(&self) -> bool {
            std::mem::size_of_val(self) == 0
        }
    }

    #[obs::health_checks]
    impl super::Probe for std::sync::Arc<super::Pool> {
        #[obs::health_check(name = "shared")]
        fn of_a_trait(&self) -> bool {
            self.limit > 1
        }
    }

    #[obs::health_check(name = "free_function")]
    fn of_no_type() {}
}

/// Blocks that a macro writes.
macro_rules! checked {
    ($vis:vis $Type:ty, $name:literal, $receiver:ident, $arg:ident: $Arg:ty, $Returned:ty, $body:block) => {
        #[health_checks]
        impl $Type {
            #[health_check(name = $name, tags("eu"))]
            $vis fn probe(&$receiver, $arg: $Arg) -> $Returned $body
        }
    };
}

struct Written(u8);

checked! { pub(crate) Written, "written", self, asked: State<u8>, bool, { self.0 > *asked } }

fn run(name: &str, states: &States) -> String {
    let check = CATALOG.iter().find_map(|entry| match entry {
        Entry::Health(check) if check.name == name => Some(*check),
        _ => None,
    });
    let health = match check.expect("the check is in the catalog").run {
        Run::Blocking(run) => run(states).unwrap()(),
        Run::Async(run) => {
            let mut run = pin!(run(states).unwrap());
            match run.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                Poll::Ready(health) => health,
                Poll::Pending => panic!("`{name}` waits for nothing"),
            }
        }
    };
    health.to_string()
}

fn nowhere(states: &States) {
    struct Local;

    #[health_checks]
    impl Local {
        #[health_check]
        fn in_a_body(&self) -> bool {
            std::mem::size_of_val(self) == 0
        }
    }
    states.provide(Local);

    #[health_check]
    fn of_a_body() {}
}

fn main() {
    let states = States::default();
    states.provide(Pool { limit: 3 });
    states.provide(Written(3));
    states.provide(inner::Inner);
    states.provide(std::sync::Arc::new(Pool { limit: 3 }));
    states.provide(2_u8);
    nowhere(&states);
    obs::testing::capture(|t| {
        for name in [
            "traced_outside",
            "skipped_outside",
            "traced_inside",
            "skipped_inside",
            "traced_below",
            "kept_attribute",
            "of_a_trait",
            "written",
            "in_a_module",
            "shared",
            "free_function",
            "in_a_body",
            "of_a_body",
        ] {
            assert_eq!(run(name, &states), "healthy", "{name}");
        }
        assert_eq!(run("traced_above", &states), "unhealthy: never");
        assert_eq!(
            t.tree(),
            "Pool::traced_outside ok\nPool::traced_inside ok\nby a name ok\nPool::of_a_trait ok\n\
             Inner::in_a_module ok\nArc::of_a_trait ok\nof_no_type ok\n\
             traced_above error error.type=&str\n"
        );
    });
}
