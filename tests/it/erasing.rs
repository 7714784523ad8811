//! Erasing: what was said of a customer or a person is gone from every file of the workspace, the history verifies all
//! the same, a restored backup is erased again, and an erasure that was cut short goes on.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::TimeDelta;
use genjin::app::erasures::{Alone, Entry as Listed, Eraser, List};
use genjin::clock::Clock;
use genjin::control::{Which, Whose};
use genjin::engine::{Engine, Entry, Inbox, Looks};
use genjin::event::{Erase, EraseStep, Identity};
use genjin::sales::{
    ActionCard, ActionCardId, Blob, CustomerId, ErasureSubject, Media, MediaId, MediaKind, MediaState,
    MemberId,
};
use genjin::state::{Deed, Fold, Record, State};
use genjin::store::{
    Batch, Disk, Interfere, JournalStore, JournalStores, Key, MediaFolder, Meet, Op, Options, Store, Stores,
};

use crate::audit::{day0, demo, events, live};

/// What was said of 宏远机械, of nobody else.
pub const WORDS: [&str; 6] = ["宏远", "张建国", "李志强", "报价50万", "担心装机停线", "周敏"];
/// What was said of others.
pub const OTHERS: [&str; 3] = ["鑫源", "陈秀英", "比另一家贵八万"];

struct Place {
    folder: tempfile::TempDir,
    disk: Disk,
}

impl Place {
    /// The demo's data and some notes, settled and backed up.
    fn open() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap(), disk: Disk::default() };
        place.stores().create("main", 7).unwrap();
        let mut engine = place.engine();
        live(&mut engine, events(&demo()));
        engine.store().keeper().backup(&()).unwrap();
        drop(engine);
        place
    }

    fn stores(&self) -> JournalStores {
        let stores = JournalStores::with_disk(self.folder.path(), Clock::manual(now()), self.disk.clone());
        stores.with_options(Options { upkeep: None, ..Options::default() })
    }

    fn engine(&self) -> Engine<JournalStore> {
        Engine::load(self.stores().open("main").unwrap(), Arc::new(demo())).unwrap()
    }

    fn workspace(&self) -> PathBuf {
        self.folder.path().join("main")
    }

    fn eraser(&self) -> Eraser<Alone> {
        let clock = Clock::manual(now());
        Eraser::new(Alone::new(self.engine(), clock.clone()), &self.workspace(), clock)
    }

    /// A step of an erasure, then so many turns, then the process dies.
    fn begin_and_die(&self, entry: &Listed, turns: usize) {
        List::of(&self.workspace()).add(entry).unwrap();
        let mut engine = self.engine();
        engine.hold_timers(chrono::DateTime::<chrono::Utc>::MAX_UTC);
        let step = EraseStep::Begin { subject: entry.subject.clone(), by: "operator".into() };
        let mut inbox = Inbox::default();
        inbox.push(Entry::Event(Box::new(Erase::event(entry.id, step)), Box::new(drop)));
        for _turn in 0..turns {
            engine.turn(&mut inbox, now(), &mut Looks(2)).unwrap();
        }
    }

    fn go_on(&self) {
        let mut eraser = self.eraser();
        eraser.replay().unwrap();
        eraser.finish(&()).unwrap();
    }

    /// Records as they lie in the store, in a commit of their own.
    fn lay_in(&self, records: &[Record]) {
        let mut store = self.stores().open("main").unwrap().store;
        let head = store.head().clone();
        let pair = |record: &Record| (Key(record.key().to_bytes()), Some(record.to_bytes()));
        let changes = records.iter().map(pair).collect();
        let batch =
            Batch { seq: head.seq + 1, time: now(), changes, identities: Vec::new(), next_id: 10_000 };
        store.commit(&batch).unwrap();
    }

    fn state<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(self.engine().state())
    }

    fn customer(&self, short: &str) -> CustomerId {
        self.state(|state| state.customers().find(|each| &*each.short == short).unwrap().id)
    }

    /// Everything proves: files, figures and the audit chain.
    #[track_caller]
    fn assert_proved(&self) {
        let mut engine = self.engine();
        let keeper = engine.store().keeper();
        assert_eq!(keeper.verify(&()).unwrap().problems, [""; 0]);
        let mut fold = Fold::default();
        let each = &mut |key: &[u8], value: &[u8]| {
            fold.take(key, value);
            Ok(())
        };
        keeper.scan(each).unwrap();
        assert_eq!(fold.problems(), [""; 0]);
    }

    #[track_caller]
    fn assert_gone(&self, words: &[&str]) {
        let found = found(&self.workspace(), words);
        assert!(found.is_empty(), "{found:?}");
    }
}

fn now() -> chrono::DateTime<chrono::Utc> {
    day0() + TimeDelta::hours(1)
}

/// The files in which one of the words stands, with the word.
pub fn found(folder: &Path, words: &[&str]) -> Vec<(PathBuf, String)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(found(&path, words));
            continue;
        }
        // A running service removes files meanwhile; what is gone holds nothing.
        let Ok(mut bytes) = std::fs::read(&path) else { continue };
        if path.extension().is_some_and(|ending| ending == "zst") {
            bytes = zstd::decode_all(bytes.as_slice()).unwrap();
        }
        let has = |word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        all.extend(words.iter().filter(|word| has(word)).map(|word| (path.clone(), (*word).to_owned())));
    }
    all
}

#[test]
fn erased_customer_is_in_no_file_and_the_rest_is_as_it_was() {
    let place = Place::open();
    let (id, other) = (place.customer("宏远机械"), place.customer("鑫源食品"));
    let open = place.state(|state| state.deals_of_customer(id).filter(|deal| deal.is_open()).count());
    let others =
        place.state(|state| state.deals().filter(|deal| deal.customer != id).cloned().collect::<Vec<_>>());
    assert!(open > 0);
    for word in WORDS {
        assert!(!found(&place.workspace(), &[word]).is_empty(), "{word} was never there");
    }

    let said = place.eraser().erase(&Whose::Customer(Which::Number(id)), &()).unwrap();
    assert!(said[0].contains("c-"), "{said:?}");
    place.assert_gone(&WORDS);
    for word in OTHERS {
        assert!(!found(&place.workspace(), &[word]).is_empty(), "{word} is gone too");
    }
    place.assert_proved();
    place.state(|state| {
        let customer = state.customer(id).unwrap();
        assert_eq!((&*customer.name, &*customer.short, customer.contacts.len()), ("已删除", "已删除", 0));
        assert!(state.deals_of_customer(id).all(|deal| !deal.is_open() && deal.recent.is_empty()));
        assert_eq!(&*state.customer(other).unwrap().short, "鑫源食品");
        let after = state.deals().filter(|deal| deal.customer != id).cloned().collect::<Vec<_>>();
        assert_eq!(after, others);
        let told = state.recent().filter(|recent| recent.line.what == Deed::Erased).count();
        assert_eq!(told, 1);
        assert!(state.erasures().all(|erasure| erasure.done.is_some() && erasure.scope.is_none()));
    });
}

#[test]
fn erased_contact_goes_and_colleagues_stay() {
    let place = Place::open();
    let id = place.customer("宏远机械");
    let whose = |who: &str| Whose::Contact { customer: Which::Number(id), who: who.into() };
    let plan = place.eraser().plan(&whose("张总")).unwrap();
    assert!(plan.said[0].contains("张建国"), "{plan:?}");
    place.eraser().erase(&whose("张建国"), &()).unwrap();
    place.assert_gone(&["张建国", "张总要带李工"]);
    for word in ["李志强", "宁波宏远"] {
        assert!(!found(&place.workspace(), &[word]).is_empty(), "{word} is gone too");
    }
    place.assert_proved();
    let listed = std::fs::read_to_string(place.workspace().join("erasures.jsonl")).unwrap();
    assert!(!listed.contains("张"), "{listed}");
    let again = place.eraser().plan(&whose("张建国")).unwrap_err();
    assert!(again.to_string().contains("no contact"), "{again}");
}

#[test]
fn member_is_erased_once_they_left() {
    let place = Place::open();
    let whose = Whose::Member(MemberId::from("wang-lei"));
    let refused = place.eraser().erase(&whose, &()).unwrap_err();
    assert!(refused.to_string().contains("people.toml"), "{refused}");
    assert!(!place.workspace().join("erasures.jsonl").exists());

    let mut rules = demo();
    rules.people.members.retain(|member| member.id.as_str() != "wang-lei");
    let engine = Engine::load(place.stores().open("main").unwrap(), Arc::new(rules)).unwrap();
    assert!(engine.state().dialogue(&"wang-lei".into()).is_some());
    let clock = Clock::manual(now());
    let mut eraser = Eraser::new(Alone::new(engine, clock.clone()), &place.workspace(), clock);
    eraser.erase(&whose, &()).unwrap();
    drop(eraser);
    place.state(|state| {
        assert!(state.dialogue(&"wang-lei".into()).is_none());
        assert!(state.cards().all(|card| card.to.as_str() != "wang-lei"));
    });
    place.assert_proved();
}

#[test]
fn erased_customer_takes_its_action_cards_and_pictures_along() {
    let place = Place::open();
    let (id, other) = (place.customer("宏远机械"), place.customer("鑫源食品"));
    let deal_of = |id| place.state(|state| state.deals_of_customer(id).next().unwrap().id);
    let (own, others) = (deal_of(id), deal_of(other));
    let full = place.state(|state| state.customer(id).unwrap().name.clone());
    let folder = MediaFolder::of(&place.workspace());
    let (card, shared) =
        (folder.keep("宏远机械 张建国 名片".as_bytes()).unwrap(), folder.keep(b"a leaflet").unwrap());
    let action = |n, deal, what: &str| {
        Record::Action(ActionCard {
            id: ActionCardId(n),
            deal: Some(deal),
            what: what.into(),
            by: MemberId::from("zhao-min"),
            to: MemberId::from("wang-lei"),
            due: day0().date_naive(),
            criteria: vec!["有张建国签字".into()],
            evidence: Vec::new(),
            steps: Vec::new(),
            warned_for: None,
            put_off: None,
        })
    };
    let picture = |n, deal, sha256: &str| {
        let state = MediaState::Kept(Blob { sha256: sha256.into(), bytes: 9, kind: MediaKind::Other });
        let (by, at) = (MemberId::from("wang-lei"), day0());
        Record::Media(Media {
            id: MediaId(n),
            by,
            at,
            picture: true,
            name: Some("宏远.jpg".into()).filter(|_| deal == own),
            deal: Some(deal),
            action: None,
            state,
        })
    };
    place.lay_in(&[
        action(9_001, own, "给宏远机械发报价单"),
        action(9_002, others, &format!("照{full}的样子做一份")),
        picture(9_003, own, &card),
        picture(9_004, own, &shared),
        picture(9_005, others, &shared),
    ]);
    place.eraser().erase(&Whose::Customer(Which::Number(id)), &()).unwrap();
    place.assert_gone(&WORDS);
    place.state(|state| {
        assert!(state.action(ActionCardId(9_001)).is_none());
        let kept = state.action(ActionCardId(9_002)).unwrap();
        assert_eq!((&*kept.what, &*kept.criteria[0]), ("已删除", "已删除"), "a full name goes anywhere");
        assert!(state.media(MediaId(9_003)).is_none() && state.media(MediaId(9_004)).is_none());
    });
    assert!(folder.read(&card).is_err(), "nobody else has it");
    assert_eq!(folder.read(&shared).unwrap(), b"a leaflet", "it is kept for another");
    place.assert_proved();
}

#[test]
fn unknown_subject_is_refused_and_nothing_is_listed() {
    let place = Place::open();
    let refused =
        place.eraser().erase(&Whose::Customer(Which::Number(CustomerId(999_999))), &()).unwrap_err();
    assert!(refused.to_string().contains("there is no customer c-999999"), "{refused}");
    let refused = place.eraser().erase(&Whose::Customer(Which::Name("没有这家".into())), &()).unwrap_err();
    assert!(refused.to_string().contains("no customer is called 没有这家"), "{refused}");
    assert!(!place.workspace().join("erasures.jsonl").exists());
}

#[test]
fn erasure_that_was_cut_short_anywhere_goes_on_at_the_next_start() {
    // Nothing but the list; the event; on the way through the history; swept, but the files are old.
    for turns in [0, 1, 2, 6] {
        let place = Place::open();
        let subject = ErasureSubject::Customer(place.customer("宏远机械"));
        let entry = Listed { id: Identity([3; 16]), at: now(), subject };
        place.begin_and_die(&entry, turns);
        assert!(!found(&place.workspace(), &["张建国"]).is_empty());
        place.go_on();
        place.assert_gone(&WORDS);
        place.assert_proved();
        assert_eq!(place.state(|state| state.erasures().count()), 1);
    }
}

#[test]
fn restored_backup_is_erased_again() {
    let place = Place::open();
    let older = place.folder.path().join("older.zst");
    place.engine().store().keeper().backup_to(&older, &()).unwrap();
    let customer = Whose::Customer(Which::Name("宏远机械".into()));
    let contact =
        Whose::Contact { customer: Which::Number(place.customer("鑫源食品")), who: "陈秀英".into() };
    place.eraser().erase(&customer, &()).unwrap();
    place.eraser().erase(&contact, &()).unwrap();

    // The list outlives the workspace that it was written beside.
    let list = std::fs::read(place.workspace().join("erasures.jsonl")).unwrap();
    std::fs::remove_dir_all(place.workspace()).unwrap();
    place.stores().import("main", &mut std::fs::File::open(&older).unwrap(), 8).unwrap();
    std::fs::write(place.workspace().join("erasures.jsonl"), &list).unwrap();
    assert!(place.state(|state| state.customers().any(|each| &*each.short == "宏远机械")));

    place.go_on();
    place.assert_gone(&WORDS);
    place.assert_gone(&["陈秀英"]);
    place.assert_proved();
    let listed = std::fs::read(place.workspace().join("erasures.jsonl")).unwrap();
    assert_eq!(listed, list, "nothing is listed twice");
    assert_eq!(place.state(|state| state.erasures().filter(|each| &*each.by == "restore").count()), 2);

    // A list that was lost is written anew from what the store knows.
    std::fs::remove_file(place.workspace().join("erasures.jsonl")).unwrap();
    place.go_on();
    assert_eq!(List::of(&place.workspace()).entries().unwrap().0.len(), 2);
}

/// Fails one operation.
struct FailsAt(AtomicUsize);

impl Interfere for FailsAt {
    fn meet(&self, op: Op, _path: &Path) -> Meet {
        if op == Op::Read {
            return Meet::Pass;
        }
        match self.0.fetch_sub(1, Ordering::Relaxed) {
            0 => Meet::Fail(std::io::Error::other("a scripted fault")),
            _ => Meet::Pass,
        }
    }
}

#[test]
fn disk_that_fails_while_the_files_are_written_anew_loses_nothing_and_leaves_nothing() {
    let mut points = vec![usize::MAX];
    while let Some(at) = points.pop() {
        let mut place = Place::open();
        let subject = ErasureSubject::Customer(place.customer("宏远机械"));
        let entry = Listed { id: Identity([3; 16]), at: now(), subject };
        place.begin_and_die(&entry, 6);
        let before = place.state(|state| state.deals().cloned().collect::<Vec<_>>());

        let fault = Arc::new(FailsAt(AtomicUsize::new(usize::MAX)));
        place.disk = Disk::interfered(fault.clone());
        let mut engine = place.engine();
        fault.0.store(at, Ordering::Relaxed);
        let renewed = engine.store().keeper().renew(&());
        let left = fault.0.swap(usize::MAX, Ordering::Relaxed);
        assert_eq!(renewed.is_ok(), at == usize::MAX);
        drop(engine);
        if at == usize::MAX {
            let operations = at - left;
            assert!(operations > 10, "only {operations} were seen");
            points.extend((0..operations).step_by(operations.div_ceil(9)));
        }

        place.go_on();
        assert_eq!(place.state(|state| state.deals().cloned().collect::<Vec<_>>()), before, "fault {at}");
        place.assert_gone(&WORDS);
        place.assert_proved();
    }
}

#[test]
fn commits_go_on_while_the_files_are_written_anew() {
    let place = Place::open();
    let mut engine = place.engine();
    let keeper = engine.store().keeper();
    let renewing = std::thread::spawn(move || keeper.renew(&()).unwrap());
    let notes = |from: u64| {
        let note = events(&demo()).swap_remove(2);
        let event = move |n: u64| genjin::event::Event {
            identity: Identity::of(&[b"more", &n.to_be_bytes()]),
            what: note.what.clone(),
        };
        (from..from + 20).map(event).collect::<Vec<_>>()
    };
    live(&mut engine, notes(0));
    renewing.join().unwrap();
    live(&mut engine, notes(100));
    let lines = engine.state().recent().filter(|recent| recent.line.what == Deed::Noted).count();
    drop(engine);
    assert!(lines >= 40, "{lines}");
    assert_eq!(
        place.state(|state| state.recent().filter(|recent| recent.line.what == Deed::Noted).count()),
        lines
    );
    place.assert_proved();
}
