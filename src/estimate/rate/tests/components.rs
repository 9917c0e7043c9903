//! Mixtures of few components against those of all.

use super::*;
use approx::assert_relative_eq;

#[test]
fn few_components_are_as_good_as_all() {
    for model in MODELS {
        for (groups, per_group) in [(1, 400), (1, 12), (9, 40), (6, 2)] {
            let (mut terms, _) = simulated(model, groups, per_group, 5);
            terms.extend([(0, 0.0, 0.0), (0, 30_000.0, 1234.0), (0, 500.0, 0.0)]);
            let data = grouped(&terms, groups as usize);
            let family = Family(model);
            let summary = |detail| {
                let hyper = hyper(family, &data.0, &data.1, detail, &mut Notes::default());
                let few: Vec<Vec<Component>> = hyper.integral.components;
                let count = few.iter().map(Vec::len).max().unwrap();
                (
                    terms::posteriors(
                        family,
                        (0.9, detail),
                        &Sorted::new(&data.0, &data.1, None),
                        &few,
                        &SharedMovement::none(few.len()),
                        None,
                    ),
                    count,
                )
            };
            let ((few, count), (all, _)) = (summary(Detail::Compressed), summary(Detail::Full));
            // the weakest accounts keep their planes: nothing is interpolated there
            assert!(count <= 42 || per_group <= 12, "{count} components");
            for i in 0..terms.len() {
                assert_relative_eq!(few.mean[i], all.mean[i], max_relative = 1e-5);
                assert_relative_eq!(few.sd[i], all.sd[i], max_relative = 1e-5);
                // a lower end far below the mean lies in a tail that the few nodes don't resolve
                let epsilon = 1e-3 * all.mean[i];
                assert_relative_eq!(few.lower[i], all.lower[i], max_relative = 1e-5, epsilon = epsilon);
                let tolerance = if per_group > 12 { 1e-5 } else { 1e-4 };
                assert_relative_eq!(few.upper[i], all.upper[i], max_relative = tolerance);
            }
        }
    }
}

#[test]
fn coarse_components_keep_a_thousandth_in_large_accounts() {
    let cases = [(1, 2000), (20, 100), (400, 6), (1, 400)].map(|case| MODELS.map(|model| (model, case)));
    for (model, (groups, per_group)) in cases.into_iter().flatten() {
        let (terms, _) = simulated(model, groups, per_group, 6);
        let data = grouped(&terms, groups as usize);
        let summary = |detail| {
            let hyper = hyper(Family(model), &data.0, &data.1, detail, &mut Notes::default());
            let components = &hyper.integral.components;
            let still = SharedMovement::none(components.len());
            let sorted = Sorted::new(&data.0, &data.1, None);
            terms::posteriors(Family(model), (0.9, detail), &sorted, components, &still, None)
        };
        let (coarse, all) = (summary(Detail::Coarse), summary(Detail::Full));
        let mut worst = 0.0_f64;
        for i in 0..terms.len() {
            let sd = all.sd[i];
            for (few, all) in [
                (coarse.mean[i], all.mean[i]),
                (coarse.sd[i], all.sd[i]),
                (coarse.lower[i], all.lower[i]),
                (coarse.upper[i], all.upper[i]),
            ] {
                // a thousandth of itself, or where it is all but zero of the standard deviation
                worst = worst.max((few - all).abs() / all.max(sd));
            }
        }
        assert!(worst < 1e-3, "{model:?}, {groups} groups of {per_group}: {worst}");
    }
}
