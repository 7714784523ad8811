//! `POST /cgi-bin/message/send` (wecom.md 4.1): who gets it, what it may hold, and when it acts only once.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::card::{self, Use};
use super::{Refusal, json_body, media, ok, reads, truncated};
use crate::sim::call::{Answer, Call};
use crate::sim::fields::Fields;
use crate::sim::message::{Body, CardRef, ChatKey, LinkButton, LinkKind, WecomCard};
use crate::sim::setup::{Platform, hex, wecom_ids};
use crate::sim::shared::{Shared, Step};
use crate::sim::world::{Change, Remembered, ResponseCode};

/// Text and markdown, in UTF-8 bytes.
const TEXT_MAX_BYTES: usize = 2_048;
/// More than this a minute to one member is dropped without a word.
const PER_MEMBER_A_MINUTE: usize = 30;
/// How long a response code lives.
pub(super) const CODE_LIFE: TimeDelta = TimeDelta::hours(72);
/// The default and the most of `duplicate_check_interval`, in seconds.
const INTERVAL_SECS: (i64, i64) = (1_800, 14_400);

const COMMON: [&str; 9] = [
    "touser",
    "toparty",
    "totag",
    "msgtype",
    "agentid",
    "safe",
    "enable_id_trans",
    "enable_duplicate_check",
    "duplicate_check_interval",
];

pub(super) fn send(shared: &Shared, call: &Call) -> Result<Answer, Refusal> {
    let request = json_body(call)?;
    let fields = Fields::root(&request)?;
    check_app(&fields)?;
    let to = Recipients::read(shared, &fields)?;
    let (body, task) = read_body(shared, &fields)?;
    let digest = duplicate_key(&fields, &request)?;

    let mut step = shared.step();
    let answered = digest.as_ref().and_then(|(digest, _)| step.world().remembered.get(digest));
    if let Some(answered) = answered.filter(|answered| answered.until > step.now) {
        return Ok(ok(answered.answer.clone()));
    }
    if let Some(task) = &task
        && step.world().tasks.contains_key(task)
    {
        return Err(Refusal::new(42014, "template_card: invalid task_id"));
    }
    let cards = deliver(&mut step, &to.users, &body);
    let mut answer = to.answer();
    answer["msgid"] = json!(step.handle());
    if let Some(task) = task {
        step.change(Change::TaskSent(task.clone(), cards.clone()));
        if fields.object("template_card")?.is_some_and(|card| card::calls_back(&card)) {
            answer["response_code"] = json!(issue_code(&mut step, &task, cards.clone()));
        }
    }
    if let Some((digest, interval)) = digest {
        let until = step.now + interval;
        step.change(Change::Remembered(digest, Remembered { answer: answer.clone(), until }));
    }
    let reached = cards.into_iter().map(|card| card.chat).collect();
    Ok(ok(answer).after(step.commit(), reached))
}

/// The app must be the token's.
pub(super) fn check_app(fields: &Fields<'_>) -> Result<(), Refusal> {
    match fields.int("agentid")? {
        Some(wecom_ids::AGENT_ID) => Ok(()),
        Some(_) => Err(Refusal::new(301002, "not allow operate another agent with this accesstoken")),
        None => Err(Refusal::new(41011, "missing agentid")),
    }
}

/// A new code for the card of `task`, for its 72 hours.
pub(super) fn issue_code(step: &mut Step<'_>, task: &str, cards: Vec<CardRef>) -> String {
    let code = step.handle();
    let until = step.now + CODE_LIFE;
    let issued = ResponseCode { task_id: task.to_owned(), cards, until, used: false };
    step.change(Change::CodeIssued(code.clone(), issued));
    code
}

/// What identical requests share, if the request asks for the check, and for how long.
fn duplicate_key(fields: &Fields<'_>, request: &Value) -> Result<Option<(String, TimeDelta)>, Refusal> {
    if fields.int("enable_duplicate_check")? != Some(1) {
        return Ok(None);
    }
    let (default, most) = INTERVAL_SECS;
    let interval = fields.int("duplicate_check_interval")?.unwrap_or(default);
    if !(1..=most).contains(&interval) {
        return Err(Refusal::parameter("duplicate_check_interval"));
    }
    let digest = hex(&Sha256::digest(request.to_string()));
    Ok(Some((format!("wecom {digest}"), TimeDelta::seconds(interval))))
}

/// Puts the body into each chat, except for who got too many of late.
fn deliver(step: &mut Step<'_>, users: &[String], body: &Body) -> Vec<CardRef> {
    let mut cards = Vec::new();
    for user in users {
        let now = step.now;
        let limits = &mut step.state.limits;
        if limits.allow(format!("wecom member {user}"), now, PER_MEMBER_A_MINUTE, TimeDelta::minutes(1)) {
            cards.push(step.post(&ChatKey::person(Platform::Wecom, user), None, body.clone()));
        }
    }
    cards
}

/// Who gets it, and who cannot.
struct Recipients {
    users: Vec<String>,
    bad_users: Vec<String>,
    bad_parties: Vec<String>,
    bad_tags: Vec<String>,
}

impl Recipients {
    fn read(shared: &Shared, fields: &Fields<'_>) -> Result<Self, Refusal> {
        let all = |name: &str, most: usize, errcode: i64| -> Result<Vec<String>, Refusal> {
            let list = fields.text(name)?.split('|').filter(|id| !id.is_empty());
            let list: Vec<String> = list.map(str::to_owned).collect();
            if list.len() > most {
                return Err(Refusal::new(errcode, format!("{name} is too long")));
            }
            Ok(list)
        };
        let users = all("touser", 1_000, 40032)?;
        let (parties, tags) = (all("toparty", 100, 82002)?, all("totag", 100, 82003)?);
        if users.is_empty() && parties.is_empty() && tags.is_empty() {
            return Err(Refusal::new(82001, "user & party & tag all empty"));
        }
        let setup = &shared.setup;
        let mut to =
            Self { users: Vec::new(), bad_users: Vec::new(), bad_parties: Vec::new(), bad_tags: Vec::new() };
        if users == ["@all"] {
            to.users = setup.people_of(Platform::Wecom).map(|person| person.id.clone()).collect();
            return Ok(to);
        }
        for user in users {
            match setup.person(Platform::Wecom, &user) {
                Some(person) => to.add(&person.id),
                None => to.bad_users.push(user.to_lowercase()),
            }
        }
        for party in parties {
            let id = party.parse::<usize>().ok().filter(|id| *id <= setup.teams(Platform::Wecom).len() + 1);
            match id.filter(|id| *id > 0) {
                None => to.bad_parties.push(party),
                Some(id) => setup
                    .people_of(Platform::Wecom)
                    .filter(|person| id == 1 || reads::department_of(shared, person) == id)
                    .for_each(|person| to.add(&person.id)),
            }
        }
        to.bad_tags = tags;
        if to.users.is_empty() {
            let refusal = Refusal::new(81013, "user & party & tag all invalid");
            return Err(refusal.with("invaliduser", json!(to.bad_users.join("|"))));
        }
        Ok(to)
    }

    fn add(&mut self, user: &str) {
        if !self.users.iter().any(|known| known == user) {
            self.users.push(user.to_owned());
        }
    }

    fn answer(&self) -> Value {
        let mut answer = json!({});
        let lists = [
            ("invaliduser", &self.bad_users),
            ("invalidparty", &self.bad_parties),
            ("invalidtag", &self.bad_tags),
        ];
        for (name, list) in lists {
            if !list.is_empty() {
                answer[name] = json!(list.join("|"));
            }
        }
        answer
    }
}

/// The message, and the card's `task_id` if it has one.
fn read_body(shared: &Shared, fields: &Fields<'_>) -> Result<(Body, Option<String>), Refusal> {
    let kind = fields.text("msgtype")?;
    if !matches!(
        kind,
        "text" | "markdown" | "textcard" | "news" | "image" | "voice" | "video" | "file" | "template_card"
    ) {
        return Err(Refusal::new(40008, "invalid message type"));
    }
    fields.only(&[&COMMON[..], &[kind]].concat())?;
    let Some(object) = fields.object(kind)? else {
        return Err(match kind {
            "text" => Refusal::new(44004, "text content is empty"),
            _ => Refusal::new(40063, format!("{kind} is empty")),
        });
    };
    if kind == "template_card" {
        return card_body(shared, &object).map(|(body, task)| (Body::Wecom(body), task));
    }
    let body = match kind {
        "text" => {
            object.only(&["content"])?;
            Body::Text(truncated(content(&object)?, TEXT_MAX_BYTES).to_owned())
        }
        "markdown" => {
            object.only(&["content"])?;
            let text = content(&object)?;
            if text.len() > TEXT_MAX_BYTES {
                return Err(Refusal::new(45002, "markdown.content exceed max length 2048"));
            }
            Body::Markdown { title: String::new(), text: text.to_owned() }
        }
        "textcard" => text_card(&object)?,
        "news" => news(&object)?,
        "image" | "file" => media::shown(shared, &object, kind == "image", None)?,
        // Voices and videos cannot be uploaded here, so no media_id is good.
        _ => return Err(Refusal::new(40007, "invalid media_id")),
    };
    Ok((body, None))
}

fn content<'a>(object: &Fields<'a>) -> Result<&'a str, Refusal> {
    let content = object.text("content")?;
    if content.trim().is_empty() {
        return Err(Refusal::new(44004, "text content is empty"));
    }
    Ok(content)
}

fn card_body(shared: &Shared, object: &Fields<'_>) -> Result<(WecomCard, Option<String>), Refusal> {
    card::check(object, Use::Send)?;
    let called_back = shared.state().service.as_ref().is_some_and(|service| service.wecom_callback.is_some());
    if card::calls_back(object) && !called_back {
        return Err(Refusal::new(43012, "agent has no callback url"));
    }
    let task = Some(object.text("task_id")?.to_owned()).filter(|task| !task.is_empty());
    let card = Value::Object(object.map.clone());
    Ok((WecomCard { card, task_id: task.clone(), replaced: None }, task))
}

fn text_card(object: &Fields<'_>) -> Result<Body, Refusal> {
    object.only(&["title", "description", "url", "btntxt"])?;
    let title = object.needed("title").map_err(|_| Refusal::new(41016, "missing title"))?;
    let text = object.needed("description").map_err(|_| Refusal::new(41033, "missing description"))?;
    let url = link(object.needed("url").map_err(|_| Refusal::new(41010, "missing url"))?)?;
    let more = Some(object.text("btntxt")?).filter(|text| !text.is_empty()).unwrap_or("详情");
    Ok(Body::Links {
        kind: LinkKind::ActionCard,
        title: title.chars().take(128).collect(),
        text: text.chars().take(512).collect(),
        buttons: vec![LinkButton { text: more.to_owned(), url }],
        horizontal: false,
    })
}

/// Articles, of a person's message or a group's.
pub(super) fn news(object: &Fields<'_>) -> Result<Body, Refusal> {
    object.only(&["articles"])?;
    let articles = object.objects("articles")?;
    if articles.is_empty() || articles.len() > 8 {
        return Err(Refusal::new(45008, "articles should be 1 to 8"));
    }
    let mut buttons = Vec::new();
    for article in &articles {
        article.only(&["title", "description", "url", "picurl", "appid", "pagepath"])?;
        let title = article.needed("title").map_err(|_| Refusal::new(41016, "missing title"))?;
        let url = link(article.needed("url").map_err(|_| Refusal::new(41010, "missing url"))?)?;
        buttons.push(LinkButton { text: truncated(title, 128).to_owned(), url });
    }
    let text = truncated(articles[0].text("description")?, 512).to_owned();
    let title = buttons[0].text.clone();
    Ok(Body::Links { kind: LinkKind::News, title, text, buttons, horizontal: false })
}

fn link(url: &str) -> Result<String, Refusal> {
    if !url.contains("://") {
        return Err(Refusal::new(45034, "url lacks scheme"));
    }
    if url.len() > 2_048 {
        return Err(Refusal::new(40039, "invalid url size"));
    }
    Ok(url.to_owned())
}
