use super::*;
use std::path::Path;

fn read(text: &str) -> Result<Simulators, IngestError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("simulator.csv");
    std::fs::write(&path, text).unwrap();
    read_simulators(&[path], &IngestSettings::default())
}

fn curve(text: &str) -> SimulatedCurve {
    let read = read(text).unwrap();
    assert_eq!(read.curves.len(), 1, "{:?}", read.curves);
    read.curves.into_iter().next().unwrap()
}

#[test]
fn a_bid_simulator_of_the_interface() {
    let found = curve(
        "Bid simulator\n\"June 1, 2026 - June 7, 2026\"\nKeyword,Match type,Campaign,Ad group,Max. CPC,Est. clicks,Est. cost,Est. impr.\n\
         [Red Shoes],Exact match,Shoes,Red,$1.50,\"1,200\",\"$1,080.50\",9000\n\
         [Red Shoes],Exact match,Shoes,Red,$0.75,800,$520.00,7000\n\
         [Red Shoes],Exact match,Shoes,Red,$0.10,0,$0.00,0\n",
    );
    assert_eq!(found.term.as_deref(), Some("red shoes"));
    assert_eq!(found.campaign.as_deref(), Some("Shoes"));
    assert_eq!(found.lever, SimulatedLever::Bid);
    assert_eq!(found.days, Some(7.0));
    assert_eq!(found.points, [(520.0, 800.0), (1080.5, 1200.0)]);
}

#[test]
fn rows_of_a_programming_interface() {
    let found = curve(
        "campaign.name,campaign_simulation.start_date,campaign_simulation.end_date,points.budget_amount_micros,\
         points.required_cpc_bid_ceiling_micros,points.clicks,points.cost_micros\n\
         Shoes,2026-06-01,2026-06-14,20000000,1500000,300.5,250000000\nShoes,2026-06-01,2026-06-14,10000000,1500000,170,139000000\n",
    );
    assert_eq!((found.term.as_deref(), found.campaign.as_deref()), (None, Some("Shoes")));
    assert_eq!((found.lever, found.days), (SimulatedLever::Budget, Some(14.0)));
    assert_eq!(found.points, [(139.0, 170.0), (250.0, 300.5)]);
}

#[test]
fn targets_of_automated_bidding_move_bids() {
    for (target, points) in [("target_cpa_micros", ["20000000", "30000000"]), ("target_roas", ["4.5", "3.2"])] {
        let found = curve(&format!(
            "campaign.name,points.{target},points.required_budget_amount_micros,points.clicks,points.cost_micros\n\
             Shoes,{},9000000,170,139000000\nShoes,{},12000000,300.5,250000000\n",
            points[0], points[1]
        ));
        assert_eq!((found.lever, found.campaign.as_deref()), (SimulatedLever::Bid, Some("Shoes")));
        assert_eq!(found.points, [(139.0, 170.0), (250.0, 300.5)]);
    }
}

#[test]
fn budget_points_and_bid_landscapes_of_microsoft() {
    let budget = curve(
        "CampaignName;BudgetAmount;EstimatedWeeklyClicks;EstimatedWeeklyCost;EstimatedWeeklyImpressions\n\
         Schuhe;20,00;310,5;131,20;4000\nSchuhe;30,00;402,0;188,75;5100\n",
    );
    assert_eq!((budget.lever, budget.days), (SimulatedLever::Budget, Some(7.0)));
    assert_eq!(budget.points, [(131.2, 310.5), (188.75, 402.0)]);
    let bids = curve(
        "Keyword\tBid\tClicks\tImpressions\tTopImpressions\tCost\nshoes\t0.5\t10\t99\t9\t4\nshoes\t0.9\t16\t140\t20\t9\n",
    );
    assert_eq!((bids.lever, bids.days), (SimulatedLever::Bid, None));
    assert_eq!(bids.points, [(4.0, 10.0), (9.0, 16.0)]);
}

#[test]
fn each_thing_simulated_has_a_curve_whatever_the_order_of_rows() {
    let rows = ["a,0.5,10,4", "b,0.5,20,9", "a,0.9,16,9", "b,0.9,31,20"];
    let text = |rows: &[&str]| format!("keyword,bid,clicks,cost\n{}\n", rows.join("\n"));
    let forward = read(&text(&rows)).unwrap().curves;
    let mut turned = rows;
    turned.reverse();
    assert_eq!(forward, read(&text(&turned)).unwrap().curves);
    assert_eq!(forward.len(), 2);
}

#[test]
fn what_breaks_a_rule_is_refused_with_its_place() {
    let found = read("keyword,bid,clicks,cost\na,0.5,ten,4\na,0.9,16,-9\na,1.1,18,11\na,1.1,18,11\n").unwrap_err();
    let IngestError::Refused { refused, total } = &found else { panic!("{found}") };
    let places: Vec<(u64, &str)> = refused.iter().map(|refused| (refused.line, refused.column.as_str())).collect();
    assert_eq!(places, [(2, "clicks"), (3, "cost"), (5, "bid")]);
    assert_eq!(*total, 3);
}

#[test]
fn a_table_of_something_else_is_told_what_it_lacks() {
    let found = read("keyword,clicks,cost\na,5,2\n").unwrap_err();
    assert_eq!(
        found.to_string().split_once("` is ").unwrap().1,
        "not a table of a bid or budget simulator: it lacks `max_cpc`; its columns are `keyword`, `clicks`, `cost`"
    );
    let found = read("bid,clicks,cost\n0.5,5,2\n").unwrap_err();
    assert!(matches!(&found, IngestError::NoSimulator { missing, .. } if *missing == ["term", "campaign"]), "{found}");
    let absent = read_simulators(&[Path::new("/absent.csv").into()], &IngestSettings::default()).unwrap_err();
    assert!(matches!(absent, IngestError::NotFound { .. }));
    assert!(matches!(read("user_email,bid,clicks,cost\na,1,1,1\n"), Err(IngestError::Identifies { .. })));
}

#[test]
fn points_without_clicks_are_left_out_aloud() {
    let read = read("keyword,bid,clicks,cost\na,0.5,0,0\na,0.9,16,9\na,1.4,--,\n").unwrap();
    assert_eq!(read.curves[0].points, [(9.0, 16.0)]);
    assert_eq!((read.notes.0[0].code, read.notes.0[0].count), ("simulator-empty-points", 2));
}
