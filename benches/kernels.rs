//! Speed of the engine's kernels. Run with `cargo bench --no-default-features --bench kernels`.

#![allow(missing_docs)]

mod problems;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use termwise::allocate::{AllocatorSettings, Workspace, allocate, round_to_step, solve_spend};

fn allocator(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocate");
    group.sample_size(10);
    let settings = AllocatorSettings::default();
    for items in [1_000, 100_000, 1_000_000] {
        let problem = problems::mixed(items);
        group.throughput(Throughput::Elements(u64::from(items)));
        group.bench_function(BenchmarkId::new("certified", items), |bencher| {
            bencher.iter(|| allocate(black_box(&problem), &settings));
        });
        let mut workspace = Workspace::new();
        group.bench_function(BenchmarkId::new("spend-only", items), |bencher| {
            bencher.iter(|| solve_spend(black_box(&problem), &settings, &mut workspace));
        });
        if let Ok(allocation) = allocate(&problem, &settings) {
            group.bench_function(BenchmarkId::new("round-to-cents", items), |bencher| {
                bencher.iter(|| round_to_step(black_box(&problem), &allocation, 0.01));
            });
        }
    }
    group.finish();
}

criterion_group!(kernels, allocator);
criterion_main!(kernels);
