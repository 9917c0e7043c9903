//! Speed of the engine's kernels. Run with `cargo bench --no-default-features --bench kernels`.

#![allow(missing_docs, clippy::suboptimal_flops)]
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use termwise::allocate::{AllocatorSettings, Problem, Workspace, allocate, round_to_step, solve_spend};
use termwise::numeric::stream::Stream;
use termwise::response::Curve;

/// Curves of the four smooth families in equal parts, limits around a current spend, two fifths of
/// the way from lower to upper bounds to spend.
fn mixed(items: u32) -> Problem {
    let mut random = Stream::new(1, 0);
    let (mut curves, mut lower, mut upper) = (Vec::new(), Vec::new(), Vec::new());
    for item in 0..items {
        let current = random.normal().exp() * 20.0;
        let k = current * (0.5 + random.uniform());
        let a = current * (1.0 + 5.0 * random.uniform());
        let h = 0.3 + 0.6 * random.uniform();
        curves.push(match item % 4 {
            0 => Curve::Hill { a, k, h },
            1 => Curve::Exp { a, k },
            2 => Curve::Power { a, k, h },
            _ => Curve::Log { a, k },
        });
        lower.push(current * random.uniform());
        upper.push(current * (1.0 + 2.0 * random.uniform()));
    }
    let budget = lower.iter().zip(&upper).map(|(lower, upper)| 0.6 * lower + 0.4 * upper).sum();
    Problem { curves, lower, upper, budget, price_floor: 0.0, ..Problem::default() }
}

fn allocator(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("allocate");
    group.sample_size(10);
    let settings = AllocatorSettings::default();
    for items in [1_000, 100_000, 1_000_000] {
        let problem = mixed(items);
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
