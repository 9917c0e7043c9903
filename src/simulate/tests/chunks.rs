use super::account;
use crate::simulate::{SimulateError, SimulateSettings, simulate_in_chunks};

#[test]
fn chunks_are_the_whole_account_in_pieces() {
    let change = |settings: &mut SimulateSettings| {
        (settings.terms, settings.weeks, settings.delay) = (130, 9, 1.5);
    };
    let whole = account(change);
    let mut settings = SimulateSettings::default();
    change(&mut settings);
    let (mut terms, mut cells) = (Vec::new(), Vec::new());
    let truth = simulate_in_chunks::<SimulateError>(&settings, 40, |piece| {
        assert!(piece.terms.len() <= 40);
        cells.extend((0..piece.rows.len()).map(|row| (piece.rows.week[row], piece.rows.cell(row))));
        terms.extend(piece.terms);
        Ok(())
    })
    .expect("the settings are in range");
    let rows = &whole.observation.rows;
    assert_eq!(terms, whole.observation.terms);
    assert_eq!(cells, (0..rows.len()).map(|row| (rows.week[row], rows.cell(row))).collect::<Vec<_>>());
    assert_eq!(truth.current_spend, whole.truth.current_spend);
}
