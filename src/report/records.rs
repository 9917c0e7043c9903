//! The records of our own CSV files, read back.

/// The records of a table in valid UTF-8, one after another.
pub(super) struct Records<'a> {
    reader: csv_core::Reader,
    rest: &'a [u8],
}

impl<'a> Records<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { reader: csv_core::Reader::new(), rest: bytes }
    }

    /// Line of the record before, from 1.
    pub(super) fn line(&self) -> u64 {
        self.reader.line().saturating_sub(1)
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        let (mut text, mut ends) = (vec![0; 1024], vec![0; 64]);
        let (mut written, mut ended) = (0, 0);
        loop {
            let (result, read, wrote, closed) =
                self.reader.read_record(self.rest, &mut text[written..], &mut ends[ended..]);
            (self.rest, written, ended) = (&self.rest[read..], written + wrote, ended + closed);
            match result {
                csv_core::ReadRecordResult::OutputFull => text.resize(2 * text.len(), 0),
                csv_core::ReadRecordResult::OutputEndsFull => ends.resize(2 * ends.len(), 0),
                // all input is here: the next call is told of the end by an empty one
                csv_core::ReadRecordResult::InputEmpty => {}
                csv_core::ReadRecordResult::End => return None,
                csv_core::ReadRecordResult::Record => break,
            }
        }
        let starts = std::iter::once(0).chain(ends[..ended].iter().copied());
        let cell = |(start, end): (usize, &usize)| String::from_utf8_lossy(&text[start..*end]).into_owned();
        Some(starts.zip(&ends[..ended]).map(cell).collect())
    }
}
