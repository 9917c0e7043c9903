//! A global allocator that counts what is asked of it.

#![allow(unsafe_code)] // the only way to be the global allocator; every call is handed on unchanged

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);
static CALLS: AtomicUsize = AtomicUsize::new(0);
static BYTES: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, counting.
pub(crate) struct Counting;

/// What a piece of work asked of the heap.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// Most bytes live at a time, above those live at the start.
    pub(crate) peak: usize,
    /// Number of allocations; growing one counts too.
    pub(crate) calls: usize,
    /// Bytes of those allocations.
    pub(crate) bytes: usize,
}

/// Does the work and tells what it asked of the heap, on all threads.
pub(crate) fn measure<T>(work: impl FnOnce() -> T) -> (T, Use) {
    let live = LIVE.load(Relaxed);
    PEAK.store(live, Relaxed);
    let (calls, bytes) = (CALLS.load(Relaxed), BYTES.load(Relaxed));
    let result = work();
    let used =
        Use { peak: PEAK.load(Relaxed) - live, calls: CALLS.load(Relaxed) - calls, bytes: BYTES.load(Relaxed) - bytes };
    (result, used)
}

fn grow(bytes: usize) {
    CALLS.fetch_add(1, Relaxed);
    BYTES.fetch_add(bytes, Relaxed);
    PEAK.fetch_max(LIVE.fetch_add(bytes, Relaxed) + bytes, Relaxed);
}

fn shrink(bytes: usize) {
    LIVE.fetch_sub(bytes, Relaxed);
}

// SAFETY: every method hands its arguments to the system's allocator and returns what that returns.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // the old block may live beside the new one while it is copied
        grow(size);
        shrink(layout.size());
        unsafe { System.realloc(memory, layout, size) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        shrink(layout.size());
        unsafe { System.dealloc(memory, layout) }
    }
}
