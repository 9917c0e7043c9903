//! Limits that leave no plan, with the lines of the file that they stand in.

use super::Config;
use crate::recommend::RecommendError;

impl Config {
    /// Adds its line to where each limit was given, as far as the file has it. `scenario` is the one whose plan was made, by its
    /// place in the config: its own entries are numbered after those of the rest of the file.
    pub fn locate(&self, error: &mut RecommendError, scenario: Option<usize>) {
        let add = |source: &mut String| {
            if let Some(line) = self.line(source, scenario) {
                *source = format!("{source}, {line}");
            }
        };
        match error {
            RecommendError::Contradiction { relaxation } => {
                let changes = relaxation.changes.iter_mut().chain(&mut relaxation.needs);
                changes.for_each(|change| add(&mut change.source));
            }
            RecommendError::Infeasible { largest: Some((_, _, source)), .. } => add(source),
            RecommendError::RuleBounds { rule, line, .. } => {
                let found = self.line(&format!("`limits.terms` {rule}"), scenario);
                *line = found.map_or_else(String::new, |found| format!(" ({found})"));
            }
            _ => {}
        }
    }

    /// "line 12 of `termwise.toml`" for a source such as "`limits.groups` 2" or "`plan.budget`, `--budget`".
    fn line(&self, source: &str, scenario: Option<usize>) -> Option<String> {
        let (key, rest) = source.strip_prefix('`')?.split_once('`')?;
        let base = |own: usize| {
            let dropped = scenario.is_some_and(|at| self.scenarios[at].drop_limits);
            if dropped { 0 } else { own }
        };
        let before = match key {
            "limits.terms" => Some(base(self.limits.terms.len())),
            "limits.groups" => Some(base(self.limits.groups.len())),
            "limits.classes" => Some(base(self.limits.classes.len())),
            _ => None,
        };
        let paths = if let Some(before) = before {
            let number = rest.trim().parse::<usize>().ok()?.checked_sub(1)?;
            match (number.checked_sub(before), scenario) {
                (Some(own), Some(at)) => vec![format!("scenarios[{at}].{key}[{own}]")],
                _ => vec![format!("{key}[{number}]")],
            }
        } else {
            let own = |at: usize| format!("scenarios[{at}].{}", key.rsplit('.').next().unwrap_or(key));
            scenario.map(own).into_iter().chain([key.to_owned()]).collect()
        };
        let place = paths.iter().find_map(|path| self.source.as_ref()?.exact(path))?;
        Some(format!("line {} of `{}`", place.line, place.path.display()))
    }
}
