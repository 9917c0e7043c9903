//! Decoders that others wrote, run so that their panics are errors.
//!
//! In: work. Out: what it yields, or nothing where it panicked. A damaged file can bring a decoder to panic; the message
//! of the panic would stand above the one that says what to do. So the process has one hook for panics, which keeps
//! silent about those that are caught here and leaves all others to the hook that was there before. Polars decodes on
//! threads of its own, which are known by their name.

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How the names of polars' own threads begin.
const POLARS: &str = "polars";

static HOOK: Once = Once::new();
/// Work that is going on, in all threads.
static WORKING: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Work that is going on in this thread.
    static HERE: Cell<usize> = const { Cell::new(0) };
}

/// What `work` yields; `None` where it panics, of which nothing is printed.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |panicked| {
            if !is_caught() {
                before(panicked);
            }
        }));
    });
    WORKING.fetch_add(1, Ordering::SeqCst);
    HERE.set(HERE.get() + 1);
    let done = panic::catch_unwind(AssertUnwindSafe(work));
    HERE.set(HERE.get() - 1);
    WORKING.fetch_sub(1, Ordering::SeqCst);
    done.ok()
}

/// Whether a panic of this thread is caught by [`quietly`].
fn is_caught() -> bool {
    // a thread that ends has no such value any more
    HERE.try_with(|work| work.get() > 0).unwrap_or(false)
        || (WORKING.load(Ordering::SeqCst) > 0 && thread::current().name().is_some_and(|name| name.starts_with(POLARS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_are_caught_where_they_are_of_the_work_and_no_others_are_silent() {
        assert_eq!(quietly(|| 1), Some(1));
        let inside = quietly(|| {
            assert!(is_caught());
            let named = |name: &str| thread::Builder::new().name(name.into()).spawn(is_caught).unwrap().join().unwrap();
            (named("polars-0"), named("another"))
        });
        assert_eq!(inside, Some((true, false)));
        assert_eq!(quietly(|| quietly(|| panic!("within")).map_or(2, |()| 3)), Some(2));
        assert_eq!(quietly(|| -> u8 { panic!("expected here") }), None);
        assert!(!is_caught());
    }
}
