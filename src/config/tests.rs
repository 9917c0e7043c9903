//! The config file's syntax and ranges.

use super::*;

#[test]
fn misspelled_key_names_place_and_nearest() {
    let file = tempfile::NamedTempFile::new().expect("temporary file");
    std::fs::write(file.path(), "seed = 3\n[plan]\nobjectiv = \"profit\"\n").expect("written");
    let error = Config::read(file.path()).expect_err("unknown key");
    assert!(matches!(error, ConfigError::Parse { line: 3, column: 1, .. }), "{error:?}");
    assert_eq!(error.hint().as_deref(), Some("did you mean `objective`?"));
}

#[test]
fn defaults_are_valid_and_survive_a_round_trip() {
    let config = Config::default();
    config.validate().expect("valid");
    let text = toml::to_string(&config).expect("serializable");
    assert_eq!(toml::from_str::<Config>(&text).expect("parsable"), config);
    assert_eq!(config.policy(), PolicySettings::default());
}

#[test]
fn values_out_of_range_are_named() {
    let mut config = Config::default();
    config.plan.margin = Some(35.0);
    let error = config.validate().expect_err("a percentage is not a share");
    assert!(error.to_string().contains("plan.margin"), "{error}");
}

#[test]
fn a_lag_table_is_read_and_checked() {
    let config = parsed("[data]\nexports = true\n[delay]\ncompleted = [0.3, 0.55, 1]\n").expect("valid");
    assert!(config.ingest().exports);
    assert_eq!(config.delay(), DelaySettings::with_table(vec![0.3, 0.55, 1.0]).expect("a table"));
    assert_eq!(Config::default().delay(), DelaySettings::default());
    for table in ["[]", "[0.0, 1.0]", "[0.6, 0.5]", "[30, 55]"] {
        let error = parsed(&format!("[delay]\ncompleted = {table}\n")).expect_err("no lag table");
        assert!(error.to_string().contains("`delay.completed` is ["), "{error}");
    }
}

fn parsed(text: &str) -> Result<Config, ConfigError> {
    let file = tempfile::NamedTempFile::new().expect("temporary file");
    std::fs::write(file.path(), text).expect("written");
    let config = Config::read(file.path())?;
    config.validate()?;
    Ok(config)
}

#[test]
fn every_kind_of_limit_is_read() {
    let config = parsed(
        r#"
        [plan]
        target_roas = 4.0
        min_marginal_return = 1.5
        [limits]
        max_turnover_share = 0.2
        turnover_price = 0.1
        step = 5.0
        [[limits.terms]]
        label = "brand"
        minimum = 20.0
        upper_rel = 1.1
        [[limits.groups]]
        channel = "google"
        campaign = "Trail"
        lower = 100.0
        upper_share = 0.4
        [[limits.classes]]
        label = "brand"
        upper_rel = 1.2
        [risk]
        kind = "tail-mean"
        tail = 0.05
        [exploration]
        share = 0.1
        "#,
    )
    .expect("valid");
    let policy = config.policy();
    assert_eq!((policy.targets.roas, policy.targets.min_marginal_return), (Some(4.0), Some(1.5)));
    assert_eq!((policy.turnover.limit_share, policy.step, policy.exploration), (Some(0.2), 5.0, 0.1));
    assert_eq!(policy.groups[0].ends()[1].share, Some(0.4));
    assert_eq!(policy.classes[0].ends()[1].relative, Some(1.2));
    assert_eq!((policy.rules[0].minimum, policy.rules[0].upper_rel), (Some(20.0), Some(1.1)));
    assert_eq!(policy.risk.kind, crate::recommend::RiskKind::TailMean);
}

#[test]
fn limits_that_contradict_themselves_are_refused_with_their_key() {
    let cases = [
        ("[plan]\ntarget_roas = 4.0\ntarget_cpa = 20.0\n", "at most one"),
        ("[plan]\nwanted_conversions = 10.0\nobjective = \"profit\"\n", "wanted_conversions"),
        ("[[limits.groups]]\ncampaign = \"a\"\n", "limits.groups"),
        ("[[limits.groups]]\ncampaign = \"a\"\nupper = 5.0\nupper_share = 0.5\n", "one of them"),
        ("[[limits.groups]]\ncampaign = \"a\"\nlower = 5.0\nupper = 4.0\n", "not above"),
        ("[[limits.groups]]\ncampaign = \"a\"\nupper_share = 40.0\n", "0 to 1"),
        ("[[limits.classes]]\nupper = 4.0\n", "which terms"),
        ("[limits]\nmax_turnover = 5.0\nmax_turnover_share = 0.5\n", "not both"),
        (
            "[[limits.groups]]\ncampaign = \"a\"\nlower_share = 0.6\n[[limits.groups]]\ncampaign = \"b\"\nlower_share = 0.6\n",
            "120%",
        ),
        (
            "[horizon]\nweeks = 2\nupper = 900.0\n[[horizon.limits]]\nweek = 2026-01-05\nlower = 950.0\n",
            "horizon.limits",
        ),
        ("[horizon]\nweeks = 2\n[[horizon.limits]]\nweek = 2026-01-05\n", "`lower` or `upper`"),
        ("[horizon]\nweeks = 2\ntotal = 5.0\n[plan]\nbudget = 5.0\n", "one of the two"),
        ("[limits]\nstep = 0.005\n", "limits.step"),
        ("[[limits.terms]]\nminimum = 10.0\nupper = 5.0\n", "limits.terms"),
        ("[risk]\nkind = \"mean-variance\"\n", "risk.aversion"),
        ("[exploration]\nshare = 5.0\n", "exploration.share"),
    ];
    for (text, wanted) in cases {
        let error = parsed(text).expect_err(text).to_string();
        assert!(error.contains(wanted), "{text}: {error}");
    }
    for unknown in ["[risk]\nkinds = 1\n", "[exploration]\nshares = 1\n", "[[limits.groups]]\nlabel = \"x\"\n"] {
        assert!(matches!(parsed(unknown), Err(ConfigError::Parse { .. })), "{unknown}");
    }
}
