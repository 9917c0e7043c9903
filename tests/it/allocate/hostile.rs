//! Input that cannot be used: refused with file, line, column and value, and nothing is written.

use super::{Case, HEADER};

const ROW: &str = "a,power,1,10,0.5,0,10,1\n";

#[test]
fn cells_that_are_no_numbers_are_refused_with_their_place() {
    let header = "id,family,a,k,h,lower,upper,lower_rel,upper_rel,current_spend,minimum,measure,state";
    let names: Vec<&str> = header.split(',').collect();
    let sound = ["a", "hill", "1", "10", "1", "0", "10", "0", "2", "1", "0", "1", "active"];
    for (column, name) in names.iter().enumerate().skip(2) {
        for bad in ["-1", "NaN", "inf", "1e308", "1,5x", "12%x", "1e-300"] {
            // no upper bound at all is a bound
            if ["upper", "upper_rel"].contains(name) && ["inf", "1e308"].contains(&bad) {
                continue;
            }
            let mut cells: Vec<String> = sound.iter().map(|&cell| cell.to_owned()).collect();
            cells[column] = if bad.contains(',') { format!("\"{bad}\"") } else { bad.to_owned() };
            let case = Case::new(&format!("{header}\nz,hill,1,10,1,0,10,0,2,1,0,1,\n{}\n", cells.join(",")));
            let error = case.fails(&["--budget", "5"], 3);
            let place = format!("curves.csv, line 3, column `{name}`: `{bad}`");
            assert!(error.contains(&place), "{bad} in {name}: {error}");
        }
    }
}

#[test]
fn all_bad_cells_are_listed_at_once() {
    let case = Case::new(&format!("{HEADER}a,power,-1,0,2,0,10,1\nb,cubic,1,10,0.5,0,10,1\nc,exp,,10,,0,10,1\n"));
    let summary = case.failure(&["--budget", "5"]);
    assert_eq!(summary["refused"].as_array().unwrap().len(), 1, "what is no number comes first");
    let case = Case::new(&format!("{HEADER}a,power,1,0,2,0,10,1\nb,cubic,1,10,0.5,0,10,1\nc,exp,,10,,0,10,1\n"));
    let summary = case.failure(&["--budget", "5"]);
    let cells: Vec<(u64, &str)> = summary["refused"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cell| (cell["line"].as_u64().unwrap(), cell["column"].as_str().unwrap()))
        .collect();
    assert_eq!(cells, [(2, "k"), (3, "family"), (4, "a")]);
}

#[test]
fn files_that_are_no_tables_are_refused() {
    let refused = |bytes: &[u8], wanted: &str| {
        let case = Case::new("").with_bytes("curves.csv", bytes);
        let error = case.fails(&["--budget", "5"], 3);
        assert!(error.contains(wanted), "{wanted}: {error}");
        // the same bytes as groups and classes
        let case = Case::new(&format!("{HEADER}{ROW}")).with_bytes("other.csv", bytes);
        for flag in ["--groups", "--classes", "--points"] {
            case.fails(&["--budget", "5", flag, "other.csv"], 3);
        }
    };
    refused(b"", "is empty");
    refused(b" \n\n", "is empty");
    refused(b"\x00\x01\x02", "binary data");
    refused(b"PK\x03\x04rest", "workbook");
    refused(b"PAR1short", "cut short");
    refused(b"\xff\xfei\x00d\x00,", "damaged UTF-16");
    refused(b"id,family\n\xc3\xbc,power\n\xff,power\n", "damaged UTF-8");
    refused(b"id,family,a,k,h\n", "no rows");
    refused(b"name,kind\nx,power\n", "no column");
    refused(b"id,family,spend,response\na,power,1\n", "another number of cells");
    refused(b"id,family,spend,response\na,power,1,\"2\nb,power,1,2\n", "never closed");
    refused(b"id,id,family,spend,response,spend\na,a,power,1,1,1\n", "more than once");
}

#[test]
fn tables_of_limits_are_refused_with_their_place() {
    let curves = "id,family,a,k,h,upper,group,classes\na,power,1,10,0.5,10,g,c;d\n";
    let refused = |flag: &str, limits: &str, wanted: &str| {
        let case = Case::new(curves).with("limits.csv", limits);
        let error = case.fails(&["--budget", "5", flag, "limits.csv"], 3);
        assert!(error.contains(wanted), "{wanted}: {error}");
    };
    for bad in ["-1", "x", "inf%", "NaN", "12%x", "101%", "-5%", "%", "1e308%"] {
        let wanted = format!("limits.csv, line 2, column `upper`: `{bad}`");
        refused("--groups", &format!("id,upper\ng,{bad}\n"), &wanted);
        refused("--classes", &format!("id,upper\nc,{bad}\nd,\n"), &wanted);
    }
    for bad in ["inf", "1e308"] {
        refused("--groups", &format!("id,lower\ng,{bad}\n"), &format!("line 2, column `lower`: `{bad}`"));
    }
    refused("--groups", "id,lower_share\ng,30\n", "column `lower_share`: `30` is not a share");
    refused("--groups", "id,upper,upper_share\ng,1,0.3\n", "column `upper_share`: `0.3` is a second limit");
    refused("--groups", "id,lower,upper\ng,5,4\n", "line 2, column `upper`: `4` is below the lower limit");
    refused("--groups", "id,lower,upper\ng,1,4\ng,1,4\n", "line 3, column `id`: `g` stands in an earlier row");
    refused("--groups", "id,lower,upper\n,1,4\n", "line 2, column `id`: `` is blank");
    refused("--groups", "id,parent\ng,top\n", "line 2, column `parent`: `top` is not the id of a row");
    refused("--groups", "id,parent\ng,g\n", "line 2, column `parent`: `g` leads round in a circle");
    refused("--groups", "id,parent\nx,y\ny,x\ng,\n", "line 3, column `parent`: `x` leads round in a circle");
    refused("--groups", "id,upper\nother,4\n", "curves.csv, line 2, column `group`: `g` is not the id of a group");
    refused("--classes", "id,upper\nc,4\n", "curves.csv, line 2, column `classes`: `d` is not the id of a class");
}

#[test]
fn names_of_any_letters_come_back_as_they_went() {
    let name = "größe, \"x\" 東京; 😀";
    let quoted = "\"größe, \"\"x\"\" 東京; 😀\"";
    let case = Case::new(&format!("id,family,a,k,h,upper,group\n{quoted},power,1,10,0.5,10,{quoted}\n"))
        .with("groups.csv", &format!("id,upper\n{quoted},4\n"));
    let done = case.allocate(&["--budget", "3", "--groups", "groups.csv", "--groups-out", "limits.csv"]);
    assert_eq!(done.texts("id"), [name]);
    assert_eq!(case.table("limits.csv").row(name)["spend"], "3");
}

#[test]
fn flags_out_of_range_or_at_odds_are_a_usage_error() {
    let case = Case::new(&format!("{HEADER}{ROW}")).with("groups.csv", "id,upper\ng,1\n");
    for flags in [
        &["--budget", "-1"][..],
        &["--budget", "inf"],
        &["--budget", "NaN"],
        &["--budget", "1e308"],
        &[],
        &["--budget", "5", "--max-change", "-0.1"],
        &["--budget", "5", "--max-change", "inf"],
        &["--budget", "5", "--change-reference", "current"],
        &["--wanted-response", "1", "--max-change", "0.1", "--change-reference", "scaled"],
        &["--budget", "5", "--min-average-return", "-2"],
        &["--budget", "5", "--min-average-return", "2", "--wanted-response", "1"],
        &["--budget", "5", "--min-marginal-return", "2", "--wanted-response", "1"],
        &["--budget", "5", "--wanted-response", "NaN"],
        &["--budget", "5", "--max-turnover", "12%x"],
        &["--budget", "5", "--max-turnover", "-3"],
        &["--budget", "5", "--max-turnover", "inf%"],
        &["--budget", "5", "--turnover-price", "-3"],
        &["--budget", "5", "--step", "0"],
        &["--budget", "5", "--step", "-1"],
        &["--budget", "5", "--groups-out", "limits.csv"],
        &["--budget", "5", "--groups", "groups.csv", "--groups-out", "plan.csv"],
        &["--budget", "5", "--groups", "groups.csv", "--groups-out", "groups.csv"],
        &["--budget", "5", "--groups", "groups.csv", "--groups-out", "."],
    ] {
        case.fails(flags, 2);
    }
    let free = Case::new("id,family,a,k,h\na,power,1,10,0.5\n");
    let error = free.fails(&["--wanted-response", "1"], 2);
    assert!(error.contains("`budget` is absent"), "{error}");
    let error = free.fails(&["--budget", "5", "--max-turnover", "1"], 3);
    assert!(error.contains("no column `current_spend`"), "{error}");
}

#[test]
fn columns_that_nobody_reads_are_noted() {
    let case = Case::new("id,family,a,k,h,uper\na,power,1,10,0.5,4\n");
    let done = case.allocate(&["--budget", "5"]);
    assert_eq!(done.summary["notes"][0]["code"], "unused-columns");
    assert!(done.summary["notes"][0]["message"].as_str().unwrap().contains("uper"));
}

#[test]
fn an_output_that_cannot_be_written_leaves_the_other_unwritten() {
    let case = Case::new(&format!("{HEADER}{ROW}")).with("classes.csv", "id,upper\nc,1\n");
    let flags = ["--budget", "5", "--classes", "classes.csv", "--groups-out", "curves.csv/limits.csv"];
    let error = case.fails(&flags, 2);
    assert!(error.contains("curves.csv/limits.csv"), "{error}");
}
