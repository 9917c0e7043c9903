use super::*;

fn golden(table: &'static str) -> impl Iterator<Item = [f64; 4]> {
    table.lines().skip(2).map(|line| {
        let mut numbers = line.split(',').map(|number| number.parse::<f64>().unwrap());
        std::array::from_fn(|_| numbers.next().unwrap())
    })
}

fn worst(table: &'static str, quantile: fn(f64, f64, f64) -> f64) -> f64 {
    let mut worst = 0.0_f64;
    for [p, first, second, expected] in golden(table) {
        let found = quantile(p, first, second);
        let error = (found / expected - 1.0).abs();
        if !(error < 1e-12) {
            eprintln!("{p} {first} {second} {expected} {found} {error:e}");
        }
        worst = worst.max(if error.is_nan() { f64::INFINITY } else { error });
    }
    worst
}

#[test]
fn beta_quantiles_match_the_reference() {
    let worst = worst(
        include_str!("../../../tests/golden/beta_quantile.csv"),
        beta_quantile,
    );
    eprintln!("{worst:e}");
    assert!(worst < 1e-9);
}

#[test]
fn gamma_quantiles_match_the_reference() {
    let worst = worst(
        include_str!("../../../tests/golden/gamma_quantile.csv"),
        gamma_quantile,
    );
    eprintln!("{worst:e}");
    assert!(worst < 1e-9);
}
