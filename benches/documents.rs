//! The named documents that the content hash is measured on: records as services exchange them,
//! the same bytes on every machine.

use std::fmt::Write;

/// The records of about `size` bytes, as a compact serializer prints them: members in the order
/// of the type's fields, not of their names.
pub(crate) fn compact(size: usize) -> Vec<u8> {
    let mut records = Records {
        state: 0x9e37_79b9_7f4a_7c15,
        text: String::new(),
    };
    records.text.push_str(r#"{"next":null,"items":["#);
    let mut id = 0;
    while records.text.len() + 360 < size || id == 0 {
        if id > 0 {
            records.text.push(',');
        }
        records.record(id);
        id += 1;
    }
    let _ = write!(records.text, r#"],"count":{id}}}"#);
    records.text.into_bytes()
}

/// The same records, indented as people read them.
pub(crate) fn indented(size: usize) -> Vec<u8> {
    let value: serde_json::Value =
        serde_json::from_slice(&compact(size)).expect("the document is JSON");
    serde_json::to_vec_pretty(&value).expect("a value can be printed")
}

/// A generator of records: xorshift64*, so that no crate's next release changes the documents.
struct Records {
    state: u64,
    text: String,
}

impl Records {
    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        (self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) % limit
    }

    fn one_of(&mut self, words: &[&'static str]) -> &'static str {
        let count = words.len() as u64;
        words[usize::try_from(self.below(count)).expect("an index")]
    }

    /// One customer record: nested objects, a list, strings of which a fifth have an escape and a
    /// fifth are not ASCII, integers, fractions short and of full precision.
    fn record(&mut self, id: u64) {
        let (first, last) = (self.one_of(FIRST_NAMES), self.one_of(LAST_NAMES));
        let city = self.one_of(CITIES);
        let number = self.below(200);
        let status = self.one_of(&["active", "draft", "archived"]);
        let (day, minute) = (self.below(28) + 1, self.below(60));
        let (euros, cents) = (self.below(10_000), self.below(100));
        let (latitude, longitude) = (self.below(90_000_000), self.below(180_000_000));
        let score = self.below(1 << 31);
        // A fraction with all its digits, as a program computes one.
        let confidence =
            (f64::from(u32::try_from(score).expect("31 bits")) + 0.5) / 2_147_483_649.0;
        let note = self.one_of(NOTES);
        let visits = self.below(5000);
        let enabled = self.below(2) == 0;
        let _ = write!(
            self.text,
            r#"{{"recordId":"0198c0de-0000-7000-8000-{id:012x}","version":{visits},"status":"{status}","name":{{"given":"{first}","family":"{last}"}},"address":{{"street":"{last} {number}","city":"{city}","geo":{{"lat":{}.{:06},"lon":-{}.{:06}}}}},"updatedAt":"2026-03-{day:02}T12:{minute:02}:00Z","balance":{euros}.{cents:02},"confidence":{confidence},"enabled":{enabled},"manager":null,"tags":["{status}","vip"],"note":"{note}"}}"#,
            latitude / 1_000_000,
            latitude % 1_000_000,
            longitude / 1_000_000,
            longitude % 1_000_000,
        );
    }
}

const FIRST_NAMES: &[&str] = &[
    "Ada", "Grace", "Zoë", "Barbara", "José", "Linus", "Margaret", "Edsger", "Donald", "明",
];
const LAST_NAMES: &[&str] = &[
    "Lovelace", "Hopper", "Krüger", "Liskov", "Núñez", "Torvalds", "Hamilton", "O'Neill",
];
const CITIES: &[&str] = &[
    "Berlin",
    "London",
    "Zürich",
    "New York",
    "São Paulo",
    "東京",
    "Oslo",
];
const NOTES: &[&str] = &[
    "Called back on Monday; wants the invoice by post.",
    r#"Asked for \"everything in one place\"\nand for a discount."#,
    "Größte Kundin im Süden, bitte zuerst anrufen.",
    "No open items.",
    r"Shares the folder C:\\invoices\\2026 with accounting; address was checked twice last year.",
];
