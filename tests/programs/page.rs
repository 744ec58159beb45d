//! The page at `/`, in a browser.

use std::time::Duration;

use fantoccini::Locator;
use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::Value;

use crate::chromium::Browser;
use crate::client::Call;
use crate::process::{Server, TOKEN};

/// What the page's log says of an exchange, newest first.
#[derive(Debug, PartialEq, Eq)]
struct Exchange {
    who: String,
    method: String,
    condition: String,
    status: String,
    etag: String,
    bytes: String,
}

/// The page, with the token given and a model of its own.
async fn open(browser: &Browser, server: &Server) {
    open_at(browser, &server.address().to_string()).await;
}

async fn open_at(browser: &Browser, authority: &str) {
    let driver = &browser.driver;
    let url = format!("http://{authority}/");
    driver.goto(&url).await.expect("the page");
    let token = element(browser, "#token").await;
    token.clear().await.expect("an input");
    token.send_keys(TOKEN).await.expect("an input");
    click(browser, "#access button").await;
    // The record is the last thing that the page makes.
    until(
        browser,
        "return document.querySelector('[data-hash]').textContent.length === 64",
    )
    .await;
}

async fn element(browser: &Browser, selector: &str) -> Element {
    let wait = browser.driver.wait().at_most(Duration::from_secs(20));
    let found = wait.for_element(Locator::Css(selector)).await;
    found.expect("the element")
}

async fn click(browser: &Browser, selector: &str) {
    let script = format!(
        "return !document.querySelector({}).disabled",
        Value::from(selector)
    );
    let element = element(browser, selector).await;
    until(browser, &script).await;
    element.click().await.expect("it can be clicked");
}

async fn evaluate(browser: &Browser, script: &str) -> Value {
    let value = browser.driver.execute(script, Vec::new()).await;
    value.expect("the script runs")
}

/// Waits until the script returns true.
async fn until(browser: &Browser, script: &str) {
    for _ in 0..400 {
        if evaluate(browser, script).await == Value::Bool(true) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let page = evaluate(browser, "return document.body.innerText").await;
    panic!("never: {script}\n{page}");
}

async fn state(browser: &Browser, who: &str, text: &str) {
    let script = format!(
        "return document.querySelector('#editor-{who} [data-state]').textContent.includes({})",
        Value::from(text)
    );
    until(browser, &script).await;
}

async fn log(browser: &Browser) -> Vec<Exchange> {
    let script = "return [...document.querySelectorAll('#log tr')]\
        .map((row) => [...row.cells].map((cell) => cell.textContent))";
    let rows: Vec<[String; 7]> =
        serde_json::from_value(evaluate(browser, script).await).expect("seven cells a row");
    let rows = rows.into_iter();
    rows.map(
        |[who, method, _, condition, status, etag, bytes]| Exchange {
            who,
            method,
            condition,
            status,
            etag,
            bytes,
        },
    )
    .collect()
}

/// As the page's tour says it: 200, 304 with no content, a save, 412 on the stale copy, a merge.
pub(crate) async fn the_tour_shows_a_304_a_412_and_a_merge() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    browser.emulate(1280, 1000, "light").await;
    open(&browser, &server).await;

    click(&browser, "#editor-alice [data-read]").await;
    state(&browser, "alice", "Read \"1\".").await;
    // A browser remembers the sizes of some 250 files, and of none after that.
    let many = "const done = arguments[0];
        const ask = () => fetch('page.css', { cache: 'no-store' }).then((it) => it.text());
        (async () => { for (let i = 0; i < 260; i += 1) await ask(); })().then(done);";
    let asked = browser.driver.execute_async(many, Vec::new()).await;
    asked.expect("the script runs");
    click(&browser, "#editor-alice [data-read]").await;
    state(&browser, "alice", "no content").await;
    let again = &log(&browser).await[0];
    assert_eq!(again.condition, "If-None-Match: \"1\"");
    assert_eq!(
        (&*again.status, &*again.etag, &*again.bytes),
        ("304", "\"1\"", "0")
    );

    click(&browser, "#editor-bob [data-read]").await;
    state(&browser, "bob", "Read \"1\".").await;
    let name = element(&browser, "#editor-bob [name=name]").await;
    name.clear().await.expect("an input");
    name.send_keys("Client").await.expect("an input");
    click(&browser, "#editor-bob [data-save]").await;
    state(&browser, "bob", "Saved as \"2\".").await;

    let status = element(&browser, "#editor-alice [name=status]").await;
    status.send_keys("draft").await.expect("a choice");
    click(&browser, "#editor-alice [data-save]").await;
    state(&browser, "alice", "\"1\" is not current any more, \"2\" is").await;
    let refused = &log(&browser).await[1];
    assert_eq!(refused.condition, "If-Match: \"1\"");
    assert_eq!((&*refused.method, &*refused.status), ("PUT", "412"));
    // Base, mine, theirs, and whose change it was.
    let rows = evaluate(
        &browser,
        "return [...document.querySelectorAll('#editor-alice .conflict tbody tr')]\
            .map((row) => [...row.cells].map((cell) => cell.textContent.split(' ')[0]))",
    )
    .await;
    assert_eq!(
        rows,
        serde_json::json!([
            [
                "name",
                "\"Customer\"",
                "\"Customer\"",
                "\"Client\"",
                "theirs"
            ],
            ["status", "\"active\"", "\"draft\"", "\"active\"", "mine"],
        ])
    );
    let focus = "return document.activeElement.textContent.startsWith('412')";
    until(&browser, focus).await;
    // What is to be done next is in sight.
    let seen = "const button = document.querySelector('#editor-alice .conflict .primary');
        return button.getBoundingClientRect().bottom <= innerHeight";
    assert_eq!(evaluate(&browser, seen).await, Value::Bool(true));
    browser.picture("conflict-wide-light").await;
    browser.emulate(1280, 1000, "dark").await;
    browser.picture("conflict-wide-dark").await;
    browser.emulate(400, 900, "dark").await;
    let show = "document.querySelector('.conflict:not([hidden])').scrollIntoView()";
    evaluate(&browser, show).await;
    browser.picture("conflict-narrow-dark").await;
    let overflow = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(evaluate(&browser, overflow).await, Value::Bool(true));
    browser.emulate(1280, 1000, "light").await;

    click(&browser, "#editor-alice .conflict .primary").await;
    state(&browser, "alice", "Saved as \"3\".").await;
    assert_eq!(log(&browser).await[0].condition, "If-Match: \"2\"");
    let done = "return document.querySelectorAll('#tour li.done').length === 5";
    until(&browser, done).await;
    browser.picture("merged-wide-light").await;
    browser.emulate(400, 900, "light").await;
    let show = "document.querySelector('#log-title').scrollIntoView()";
    evaluate(&browser, show).await;
    browser.picture("log-narrow-light").await;
    assert_eq!(evaluate(&browser, overflow).await, Value::Bool(true));

    let path = evaluate(
        &browser,
        "return document.querySelector('#model-path').textContent",
    )
    .await;
    let path = path.as_str().expect("a path").to_owned();
    let model = server.client().await.send(Call::get(&path)).await;
    let model = model.assert_status(200).json();
    assert_eq!(
        (&model["name"], &model["status"]),
        (&Value::from("Client"), &Value::from("draft"))
    );
    browser.stop().await;
}

/// Where both sides changed one member, a person chooses; and what was chosen is saved over the
/// version that was shown, and over no newer one.
pub(crate) async fn a_member_that_both_changed_is_chosen_by_hand_with_the_keyboard() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    open(&browser, &server).await;
    for who in ["alice", "bob"] {
        click(&browser, &format!("#editor-{who} [data-read]")).await;
        state(&browser, who, "Read \"1\".").await;
    }
    for who in ["alice", "bob"] {
        let name = element(&browser, &format!("#editor-{who} [name=name]")).await;
        name.clear().await.expect("an input");
        // Enter saves, as in any form.
        name.send_keys(&format!("of {who}{}", Key::Enter))
            .await
            .expect("an input");
        let said = if who == "alice" { "Saved" } else { "Not saved" };
        state(&browser, who, said).await;
    }
    let theirs = "#editor-bob .conflict input[value=theirs]";
    let theirs = element(&browser, theirs).await;
    theirs.send_keys(&Key::Space).await.expect("a choice");
    browser.emulate(400, 900, "light").await;
    let show = "document.querySelector('#editor-bob .conflict').scrollIntoView()";
    evaluate(&browser, show).await;
    browser.picture("choice-narrow-light").await;
    let merge = element(&browser, "#editor-bob .conflict .primary").await;
    merge.send_keys(&Key::Enter).await.expect("a button");
    state(&browser, "bob", "Saved as \"3\".").await;
    let name = element(&browser, "#editor-bob [name=name]").await;
    let name = name.prop("value").await.expect("a property");
    assert_eq!(name.as_deref(), Some("of alice"));
    browser.stop().await;
}

/// Types a name into an editor, and saves it.
async fn rename(browser: &Browser, who: &str, name: &str) {
    let field = element(browser, &format!("#editor-{who} [name=name]")).await;
    field.clear().await.expect("an input");
    field.send_keys(name).await.expect("an input");
    click(browser, &format!("#editor-{who} [data-save]")).await;
}

/// An editor goes on from another version only when it shows it: a merge that fails on the way, or
/// that somebody else is ahead of, leaves no stale name under a tag that is current.
pub(crate) async fn a_merge_that_is_late_or_lost_overwrites_nothing() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    open(&browser, &server).await;
    for who in ["alice", "bob"] {
        click(&browser, &format!("#editor-{who} [data-read]")).await;
        state(&browser, who, "Read \"1\".").await;
    }
    rename(&browser, "bob", "Client").await;
    state(&browser, "bob", "Saved as \"2\".").await;
    let status = element(&browser, "#editor-alice [name=status]").await;
    status.send_keys("draft").await.expect("a choice");
    click(&browser, "#editor-alice [data-save]").await;
    state(&browser, "alice", "\"2\" is").await;

    // The merge does not reach the server. Her form has the old name still.
    let fail_once = "const working = window.fetch;
        window.fetch = () => {
            window.fetch = working;
            return Promise.reject(new TypeError('the line is dead'));
        };";
    evaluate(&browser, fail_once).await;
    click(&browser, "#editor-alice .conflict .primary").await;
    state(&browser, "alice", "the line is dead").await;
    click(&browser, "#editor-alice [data-save]").await;
    state(&browser, "alice", "\"2\" is").await;
    assert_eq!(log(&browser).await[1].condition, "If-Match: \"1\"");

    // While she looks at it Bob saves once more: the tag that is stale by now is sent once.
    rename(&browser, "bob", "Buyer").await;
    state(&browser, "bob", "Saved as \"3\".").await;
    click(&browser, "#editor-alice .conflict .primary").await;
    state(&browser, "alice", "\"2\" is not current any more, \"3\" is").await;
    let newest = log(&browser).await;
    let newest: Vec<_> = newest[..3]
        .iter()
        .map(|it| (&*it.who, &*it.method, &*it.condition, &*it.status))
        .collect();
    assert_eq!(
        newest,
        [
            ("Alice", "GET", "none", "200"),
            ("Alice", "PUT", "If-Match: \"2\"", "412"),
            ("Bob", "PUT", "If-Match: \"2\"", "200"),
        ]
    );
    click(&browser, "#editor-alice .conflict .primary").await;
    state(&browser, "alice", "Saved as \"4\".").await;
    let script = "return ['name', 'status'].map((name) =>
        document.querySelector(`#editor-alice [name=${name}]`).value)";
    assert_eq!(
        evaluate(&browser, script).await,
        serde_json::json!(["Buyer", "draft"])
    );
    browser.stop().await;
}

/// Nobody who goes by the keyboard is thrown back to the top, and to press twice is not to save
/// twice.
pub(crate) async fn the_keyboard_keeps_its_place_and_a_save_is_sent_once() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    open(&browser, &server).await;
    let has_focus = async |selector: &str| {
        let selector = Value::from(selector);
        let script =
            format!("return document.activeElement === document.querySelector({selector})");
        assert_eq!(evaluate(&browser, &script).await, Value::Bool(true));
    };
    for who in ["alice", "bob"] {
        let selector = format!("#editor-{who} [data-read]");
        let read = element(&browser, &selector).await;
        read.send_keys(&Key::Enter).await.expect("a button");
        state(&browser, who, "Read \"1\".").await;
        has_focus(&selector).await;
    }
    let twice = "const form = document.querySelector('#editor-bob form');
        form.elements.name.value = 'Client';
        form.requestSubmit();
        form.requestSubmit();";
    evaluate(&browser, twice).await;
    state(&browser, "bob", "Saved as \"2\".").await;
    let writes = log(&browser).await;
    let writes = writes
        .iter()
        .filter(|it| it.who == "Bob" && it.method == "PUT");
    assert_eq!(writes.count(), 1);

    for (button, said) in [
        ("Merge and save", "Saved as \"3\"."),
        ("Take theirs", "Took over \"3\"."),
    ] {
        let who = if button == "Take theirs" {
            "bob"
        } else {
            "alice"
        };
        let status = element(&browser, &format!("#editor-{who} [name=status]")).await;
        status.send_keys("draft").await.expect("a choice");
        let save = element(&browser, &format!("#editor-{who} [data-save]")).await;
        save.send_keys(&Key::Enter).await.expect("a button");
        state(&browser, who, "412").await;
        let path = format!("//*[@id='editor-{who}']//button[text()='{button}']");
        let choice = browser.driver.find(Locator::XPath(&path)).await;
        let choice = choice.expect("the button");
        choice.send_keys(&Key::Enter).await.expect("a button");
        state(&browser, who, said).await;
        has_focus(&format!("#editor-{who} [data-save]")).await;
    }
    browser.stop().await;
}

/// Over plain HTTP from another machine, where a browser keeps some of its functions back.
pub(crate) async fn it_works_where_the_browser_does_not_trust_the_host() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    let authority = format!("rekord.test:{}", server.address().port());
    open_at(&browser, &authority).await;
    let is_trusted = evaluate(&browser, "return isSecureContext").await;
    assert_eq!(is_trusted, Value::Bool(false));
    click(&browser, "#editor-alice [data-read]").await;
    state(&browser, "alice", "Read \"1\".").await;
    browser.stop().await;
}

/// The claims of two sources, in either order, come to one hash.
pub(crate) async fn claims_in_either_order_come_to_the_same_hash() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    let mut hashes = Vec::new();
    for order in [["crm", "web"], ["web", "crm"]] {
        open(&browser, &server).await;
        if !hashes.is_empty() {
            // The record that the page has opened with has version 1 as well.
            let path = "document.querySelector('#record [data-path]').textContent";
            let opened = evaluate(&browser, &format!("return {path}")).await;
            click(&browser, "#new-model").await;
            until(&browser, &format!("return {path} !== {opened}")).await;
        }
        for (source, tag) in order.into_iter().zip(["\"2\"", "\"3\""]) {
            click(&browser, &format!("#record [data-source={source}]")).await;
            let script = format!(
                "return document.querySelector('#record [data-tag]').textContent === {}",
                Value::from(tag)
            );
            until(&browser, &script).await;
        }
        hashes.push(
            evaluate(
                &browser,
                "return document.querySelector('[data-hash]').textContent",
            )
            .await,
        );
        let data = evaluate(
            &browser,
            "return JSON.parse(document.querySelector('[data-data]').textContent)",
        )
        .await;
        assert_eq!(
            data,
            serde_json::json!({"email": "ann@crm.example", "city": "Wien"})
        );
    }
    assert_eq!(hashes[0], hashes[1]);
    browser.stop().await;
}

/// The browser's own cache asks with If-None-Match on a reload, and is told that nothing changed.
pub(crate) async fn the_browsers_own_cache_revalidates_on_reload() {
    let server = Server::start().await;
    let browser = Browser::start().await;
    open(&browser, &server).await;
    for _ in 0..2 {
        browser.driver.refresh().await.expect("the page again");
        until(
            &browser,
            "return document.querySelector('[data-hash]').textContent.length === 64",
        )
        .await;
    }
    let exchanges = log(&browser).await;
    let kept: Vec<_> = exchanges.iter().filter(|it| it.who == "Browser").collect();
    // To the page a 304 that the cache asked for is the 200 that it holds; none of its content
    // came over the wire.
    assert_eq!(kept.len(), 1, "{exchanges:?}");
    assert_eq!(
        (&*kept[0].status, &*kept[0].etag, &*kept[0].bytes),
        ("200", "\"1\"", "0")
    );
    browser.stop().await;
}

/// `--allow-origin`: a page of another origin reads the tag, and writes under it.
pub(crate) async fn a_page_of_an_allowed_origin_reads_tags_and_writes_under_them() {
    let page = Server::start().await;
    let origin = format!("http://{}", page.address());
    let other = Server::start_with(&["--allow-origin", &origin]).await;
    let closed = Server::start().await;
    let browser = Browser::start().await;
    // Not the application's page, whose policy lets it speak to its own server alone.
    let blank = format!("{origin}/healthz");
    browser.driver.goto(&blank).await.expect("the page");
    let script = format!(
        "const [address, done] = arguments;
        const url = `http://${{address}}/models/0190a2b4-7c1e-7abc-8def-0123456789ab`;
        const authorization = {{ Authorization: 'Bearer {TOKEN}' }};
        const put = (condition) => fetch(url, {{
            method: 'PUT', body: '{{\"name\":\"a\"}}',
            headers: {{ ...authorization, 'Content-Type': 'application/json', ...condition }},
        }});
        (async () => {{
            const seen = [];
            const see = (answer) => seen.push([answer.status, answer.headers.get('ETag')]);
            see(await put({{ 'If-None-Match': '*' }}));
            see(await fetch(url, {{ headers: authorization }}));
            see(await put({{ 'If-Match': '\"1\"' }}));
            see(await put({{ 'If-Match': '\"1\"' }}));
            return seen;
        }})().then(done, (error) => done(String(error)));"
    );
    let run = async |server: &Server| {
        let address = Value::from(server.address().to_string());
        let seen = browser.driver.execute_async(&script, vec![address]).await;
        seen.expect("the script runs")
    };
    assert_eq!(
        run(&other).await,
        serde_json::json!([
            [201, "\"1\""],
            [200, "\"1\""],
            [200, "\"2\""],
            [412, "\"2\""]
        ])
    );
    let refused = run(&closed).await;
    assert!(
        refused.as_str().is_some_and(|it| it.contains("fetch")),
        "{refused}"
    );
    browser.stop().await;
}
