//! A target without a current representation (rules 4 and 5): `*` asks whether there is one, PUT may create one.

pub(crate) const TABLE: &str = r#"
    rule 5    | PUT    | missing             | -                                                    | perform Any
    rule 5    | PUT    | missing             | If-Match: "5"                                        | 412 If-Match
    rule 5    | PUT    | missing             | If-Match: "1", "2"                                   | 412 If-Match
    rule 5    | PUT    | missing             | If-Match: *                                          | 412 If-Match
    rule 5    | PUT    | missing             | If-Match:                                            | 412 If-Match
    rule 5    | PUT    | missing -creates    | If-Match: "5"                                        | perform Never by If-Match
    rule 5    | PUT    | missing -creates    | If-Match: *                                          | perform Never by If-Match
    rule 5    | PUT    | missing -creates    | If-Match:                                            | perform Never by If-Match
    rule 5    | PUT    | 5 -creates          | If-Match: "4"                                        | 412 If-Match
    rule 5    | PUT    | 5 -creates          | If-Match: "5"                                        | perform Exactly(5) by If-Match
    rule 5    | PATCH  | missing             | If-Match: "5"                                        | perform Never by If-Match
    rule 5    | DELETE | missing             | If-Match: "5"                                        | perform Never by If-Match
    rule 5    | POST   | missing             | If-Match: "5"                                        | perform Never by If-Match
    rule 5    | DELETE | missing             | If-Match: *                                          | perform Never by If-Match
    rule 5    | PATCH  | missing             | If-Match: *                                          | perform Never by If-Match
    rule 5    | POST   | missing             | If-Match:                                            | perform Never by If-Match
    rule 5    | PROPFIND | missing           | If-Match: "5"                                        | 412 If-Match
    rule 5    | GET    | missing             | If-Match: "5"                                        | perform Never by If-Match
    rule 5    | HEAD   | missing             | If-Match: *                                          | perform Never by If-Match
    rule 5    | GET    | missing             | -                                                    | perform Any
    rule 4    | PUT    | missing             | If-None-Match: *                                     | perform Absent by If-None-Match
    rule 4    | POST   | missing             | If-None-Match: *                                     | perform Absent by If-None-Match
    rule 4    | DELETE | missing             | If-None-Match: *                                     | perform Absent by If-None-Match
    rule 4    | PUT    | missing -creates    | If-None-Match: *                                     | perform Absent by If-None-Match
    §13.1.2   | PUT    | missing             | If-None-Match: "5"                                   | perform Absent by If-None-Match
    §13.1.2   | PUT    | missing             | If-None-Match:                                       | perform Absent by If-None-Match
    §13.1.2   | GET    | missing             | If-None-Match: *                                     | perform Absent by If-None-Match
    §13.1.2   | GET    | missing             | If-None-Match: "5"                                   | perform Absent by If-None-Match
    §13.1.2   | HEAD   | missing             | If-None-Match: W/"5"                                 | perform Absent by If-None-Match
    §13.1.4   | PUT    | missing             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | perform Absent by If-Unmodified-Since
    §13.1.4   | DELETE | missing             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | perform Never by If-Unmodified-Since
    §13.1.4   | GET    | missing             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT   | perform Never by If-Unmodified-Since
    §13.1.3   | GET    | missing             | If-Modified-Since: Sun, 06 Nov 1994 08:49:37 GMT     | perform Any
    rule 3    | PUT    | missing             | If-Match: bad                                        | 400 If-Match
    rule 3    | PUT    | missing -creates    | If-Match: bad                                        | 400 If-Match
    rule 3    | DELETE | missing             | If-Match: bad                                        | 400 If-Match
    rule 3    | GET    | missing             | If-Match: bad                                        | 400 If-Match
    rule 3    | PUT    | missing             | If-None-Match: bad                                   | 400 If-None-Match
    rule 3    | DELETE | missing             | If-None-Match: bad                                   | 400 If-None-Match
    rule 3    | GET    | missing             | If-None-Match: bad                                   | perform Any
    §13.2.2   | PUT    | missing             | If-Match: "5" ⏎ If-None-Match: *                     | 412 If-Match
    §13.2.2   | DELETE | missing             | If-Match: "5" ⏎ If-None-Match: *                     | perform Never by If-Match
    §13.2.2   | PUT    | missing -creates    | If-Match: * ⏎ If-None-Match: *                       | perform Never by If-Match
    §13.2.2   | PUT    | missing             | If-Unmodified-Since: Sun, 06 Nov 1994 08:49:37 GMT ⏎ If-None-Match: * | perform Absent by If-Unmodified-Since
"#;

#[test]
fn a_missing_target_is_the_handlers_own_404_or_a_create() {
    crate::row::check(TABLE);
}
