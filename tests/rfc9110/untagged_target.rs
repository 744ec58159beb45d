//! A target that has a representation and no validators: `*` finds it (rule 4), no tag matches, and dates are ignored.

pub(crate) const TABLE: &str = r#"
    §13.1.1   | PUT    | untagged | -                                                  | perform Any
    rule 4    | PUT    | untagged | If-Match: *                                        | perform Exists by If-Match
    rule 4    | POST   | untagged | If-Match: *                                        | perform Exists by If-Match
    §13.1.1   | PUT    | untagged | If-Match: "5"                                      | 412 If-Match
    §13.1.1   | GET    | untagged | If-Match: "5"                                      | 412 If-Match
    §13.1.1   | PUT    | untagged | If-Match:                                          | 412 If-Match
    rule 4    | PUT    | untagged | If-None-Match: *                                   | 412 If-None-Match
    rule 4    | POST   | untagged | If-None-Match: *                                   | 412 If-None-Match
    rule 4    | GET    | untagged | If-None-Match: *                                   | 304 If-None-Match
    rule 4    | HEAD   | untagged | If-None-Match: *                                   | 304 If-None-Match
    §13.1.2   | GET    | untagged | If-None-Match: "5"                                 | perform Exists by If-None-Match
    §13.1.2   | PUT    | untagged | If-None-Match: "5"                                 | perform Exists by If-None-Match
    §13.1.3   | GET    | untagged | If-Modified-Since: Tue, 01 Jan 2030 00:00:00 GMT   | perform Any
    §13.1.4   | GET    | untagged | If-Unmodified-Since: Tue, 01 Jan 2030 00:00:00 GMT | perform Any
    §13.1.4   | POST   | untagged | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT | perform Any
    rule 3    | POST   | untagged | If-Match: bad                                      | 400 If-Match
    rule 3    | GET    | untagged | If-None-Match: bad                                 | perform Any
"#;

#[test]
fn a_target_without_validators_is_found_by_the_wildcard_alone() {
    crate::row::check(TABLE);
}
