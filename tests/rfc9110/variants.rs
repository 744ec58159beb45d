//! Representations that differ in bytes differ in tags (rule 10), and tags that were weakened on the way.

pub(crate) const TABLE: &str = r#"
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5-de"                  | 304 If-None-Match
    rule 10   | HEAD | 5 variant=de variants=de,en           | If-None-Match: "5-de"                  | 304 If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: W/"5-de"                | 304 If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5"                     | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5-en"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "4-de"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5-d"                   | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5-dee"                 | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5-DE"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5de"                   | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5_de"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "55-de"                 | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: "5", "5-en", "5-de"     | 304 If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-None-Match: *                       | 304 If-None-Match
    rule 10   | GET  | 5 variants=de,en                      | If-None-Match: "5-de"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 5 variants=de,en                      | If-None-Match: "5"                     | 304 If-None-Match
    rule 10   | GET  | 5                                     | If-None-Match: "5-de"                  | perform Exactly(5) by If-None-Match
    rule 10   | GET  | 18446744073709551615 variant=de variants=de | If-None-Match: "18446744073709551615-de" | 304 If-None-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-Match: "5-de"                       | perform Exactly(5) by If-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-Match: "5"                          | 412 If-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-Match: "5-en"                       | 412 If-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-Match: W/"5-de"                     | 412 If-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | If-Match: *                            | perform Exists by If-Match
    rule 10   | PUT  | 5 variant=de variants=de,en           | If-Match: "5-de"                       | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variant=de variants=de,en           | If-Match: "5-en"                       | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variant=de variants=de,en           | If-Match: "5"                          | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5"                          | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-en"                       | perform Exactly(5) by If-Match
    rule 10   | PATCH | 5 variants=de,en                     | If-Match: "4", "5-de"                  | perform Exactly(5) by If-Match
    rule 10   | DELETE | 5 variants=de,en                    | If-Match: "5-xx"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-xx"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "4-de"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-"                         | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-d"                        | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-dee"                      | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-DE"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5de"                        | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5+de"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5--de"                      | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "5-de-en"                    | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "05-de"                      | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "55-de"                      | 412 If-Match
    rule 10   | PUT  | 55 variants=de,en                     | If-Match: "5-de"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "-de"                        | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: "de"                         | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: W/"5-de"                     | 412 If-Match
    rule 10   | PUT  | 5                                     | If-Match: "5-de"                       | 412 If-Match
    rule 10   | PUT  | missing variants=de,en                | If-Match: "5-de"                       | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-Match: *                            | perform Exists by If-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-None-Match: "5"                     | 412 If-None-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-None-Match: "4-de"                  | perform Exactly(5) by If-None-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-None-Match: "5-de"                  | 412 If-None-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-None-Match: W/"5-en"                | 412 If-None-Match
    rule 10   | PUT  | 5 variants=de,en                      | If-None-Match: "5-xx"                  | perform Exactly(5) by If-None-Match
    rule 10   | PUT  | 5 variant=fr                          | If-Match: "5-fr"                       | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variant=fr variants=de,en           | If-Match: "5-fr"                       | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variant=fr variants=de,en           | If-Match: "5-en"                       | perform Exactly(5) by If-Match
    rule 10   | GET  | 5 variant=de variants=de,en           | Range: bytes=0-9 ⏎ If-Range: "5-de"    | perform Any
    rule 10   | GET  | 5 variant=de variants=de,en           | Range: bytes=0-9 ⏎ If-Range: "5"       | perform Any, no Range
    rule 10   | GET  | 5 variant=de variants=de,en           | Range: bytes=0-9 ⏎ If-Range: "5-en"    | perform Any, no Range
    rule 10   | GET  | 5 variant=de variants=de,en           | Range: bytes=0-9 ⏎ If-Range: W/"5-de"  | perform Any, no Range
    rule 10   | GET  | 5 variant=de variants=de,en +weakened | Range: bytes=0-9 ⏎ If-Range: W/"5-de"  | perform Any, no Range
    rule 10   | PUT  | 5 +weakened                           | If-Match: W/"5"                        | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 +weakened                           | If-Match: "5"                          | perform Exactly(5) by If-Match
    rule 10   | DELETE | 5 +weakened                         | If-Match: W/"4", W/"5"                 | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 +weakened                           | If-Match: W/"4"                        | 412 If-Match
    rule 10   | PUT  | 5 +weakened                           | If-Match: W/"05"                       | 412 If-Match
    rule 10   | PUT  | 5 +weakened                           | If-Match: w/"5"                        | 400 If-Match
    rule 10   | PUT  | 5 +weakened                           | If-Match: W/5                          | 400 If-Match
    rule 10   | PUT  | missing +weakened                     | If-Match: W/"5"                        | 412 If-Match
    rule 10   | GET  | 5 +weakened                           | If-Match: W/"5"                        | perform Exactly(5) by If-Match
    rule 10   | GET  | 5 +weakened                           | If-Match: W/"4"                        | 412 If-Match
    rule 10   | GET  | 5 variant=de variants=de,en +weakened | If-Match: W/"5-de"                     | perform Exactly(5) by If-Match
    rule 10   | GET  | 5 variant=de variants=de,en +weakened | If-Match: W/"5"                        | 412 If-Match
    rule 10   | PUT  | 5 variants=de,en +weakened            | If-Match: W/"5-de"                     | perform Exactly(5) by If-Match
    rule 10   | PUT  | 5 variants=de,en +weakened            | If-Match: W/"5-xx"                     | 412 If-Match
"#;

#[test]
fn a_write_looks_at_the_version_a_read_at_the_whole_tag() {
    crate::row::check(TABLE);
}
