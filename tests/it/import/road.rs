//! An import over the road: all of it or nothing whenever it dies, the same again changes nothing, and nobody hears.

use chrono::{DateTime, TimeDelta, Utc};
use genjin::clock::Clock;
use genjin::engine::{Answer, Engine, Inbox, Looks};
use genjin::event::Event;
use genjin::import::{Alone, Failed, Kind, Options, Report, Road, SheetRow, run};
use genjin::state::State;
use genjin::store::{MemoryStore, MemoryStores, Stores};
use genjin::{export, sheet};

use super::{now, rows, rules};

const PARTIAL: Options = Options { dry_run: false, partial: true, overwrite: false };

/// `count` deals of as many customers.
fn text(count: usize) -> String {
    let row = |n| format!("苏州第{n}机械有限公司,二期,王磊,报价,{n}万,视觉检测\n");
    let rows: String = (1..=count).map(row).collect();
    format!("客户名称,商机名称,负责人,阶段,金额,产品线\n{rows}")
}

fn load(stores: &MemoryStores) -> Engine<MemoryStore> {
    Engine::load(stores.open("main").unwrap(), rules()).unwrap()
}

fn stores() -> MemoryStores {
    let stores = MemoryStores::new();
    drop(stores.create("main", 7).unwrap());
    stores
}

/// Imports in the afternoon; what died did so in the morning.
async fn import(stores: &MemoryStores, rows: Vec<SheetRow>, options: Options) -> Report {
    let mut road = Alone::new(load(stores), Clock::manual(now() + TimeDelta::hours(5)));
    run(&mut road, rows, options, |_| {}).await.unwrap()
}

fn deals(stores: &MemoryStores) -> usize {
    load(stores).state().deals().count()
}

#[tokio::test]
async fn every_row_becomes_a_deal_that_nobody_is_told_of() {
    let stores = stores();
    let (mut steps, mut road) = (Vec::new(), Alone::new(load(&stores), Clock::manual(now())));
    let report =
        run(&mut road, rows(&text(450)), Options::default(), |progress| steps.push(progress)).await.unwrap();
    drop(road);
    assert!(report.written);
    assert_eq!((report.new_customers, report.new_deals, report.faulty), (450, 450, 0));
    assert_eq!(
        steps.last().map(|last| last.done),
        steps.last().map(|last| last.of),
        "the bar comes to its end"
    );
    let engine = load(&stores);
    let state = engine.state();
    assert_eq!((state.customers().count(), state.deals().count()), (450, 450));
    assert!(state.deals().all(|deal| deal.last_follow_up.is_none() && state.lapse(deal).is_none()));
    assert_eq!(state.rows().count(), 0, "nothing is on its way to anybody");
    assert_eq!((state.imports().count(), state.recent().count(), state.tallies().count()), (0, 0, 0));
    assert_eq!(engine.next_due(), None);
}

#[tokio::test]
async fn the_same_import_again_changes_nothing() {
    let stores = stores();
    import(&stores, rows(&text(250)), Options::default()).await;
    let seq = stores.open("main").unwrap().head.seq;
    let again = import(&stores, rows(&text(250)), Options::default()).await;
    assert_eq!((again.written, again.same, again.faulty), (false, 250, 0));
    assert_eq!(stores.open("main").unwrap().head.seq, seq, "not even a commit");
}

#[tokio::test]
async fn one_faulty_row_keeps_all_others_out_unless_asked() {
    let stores = stores();
    let faulty = text(3).replacen("王磊", "无名氏", 1);
    let refused = import(&stores, rows(&faulty), Options::default()).await;
    assert_eq!((refused.written, refused.faulty, refused.new_deals, deals(&stores)), (false, 1, 2, 0));
    let rehearsed = import(&stores, rows(&faulty), Options { dry_run: true, ..PARTIAL }).await;
    assert_eq!((rehearsed.written, deals(&stores)), (false, 0));
    let taken = import(&stores, rows(&faulty), PARTIAL).await;
    assert_eq!((taken.written, taken.faulty, deals(&stores)), (true, 1, 2));
    let mended = import(&stores, rows(&text(3)), Options::default()).await;
    assert_eq!((mended.new_deals, mended.same, deals(&stores)), (1, 2, 3));
}

/// A road that ends before its `left`th event.
struct Dying<R> {
    road: R,
    left: usize,
}

impl<R: Road + Send> Road for Dying<R> {
    async fn submit(&mut self, event: Event) -> Result<Answer, Failed> {
        self.left = self.left.checked_sub(1).ok_or(Failed::Unanswered)?;
        self.road.submit(event).await
    }

    async fn read<T: Send + 'static>(
        &mut self,
        look: impl FnOnce(&State, DateTime<Utc>) -> T + Send + 'static,
    ) -> Result<T, Failed> {
        self.road.read(look).await
    }
}

/// The service comes back and lets two hours go by.
fn two_hours_later(stores: &MemoryStores) -> (usize, usize) {
    let mut engine = load(stores);
    let later = engine.next_due().map_or(now(), |due| due.max(now())) + TimeDelta::hours(2);
    while engine.turn(&mut Inbox::default(), later, &mut Looks(10)).unwrap().more {}
    let state = engine.state();
    assert_eq!(state.imports().count(), 0, "it is over one way or the other");
    (state.customers().count(), state.deals().count())
}

#[tokio::test]
async fn an_import_that_dies_before_any_commit_is_all_in_or_not_at_all() {
    let all = (450, 450);
    let mut ends = Vec::new();
    for left in 0.. {
        let stores = stores();
        let road = Alone::new(load(&stores), Clock::manual(now()));
        let mut road = Dying { road, left };
        let died = run(&mut road, rows(&text(450)), Options::default(), |_| {}).await.is_err();
        drop(road);
        let end = two_hours_later(&stores);
        assert!(end == all || end == (0, 0), "half an import after {left} events: {end:?}");
        // Whatever was left, the same import again makes it whole, and nothing twice.
        import(&stores, rows(&text(450)), Options::default()).await;
        assert_eq!(two_hours_later(&stores), all);
        ends.push(end == all);
        if !died {
            break;
        }
    }
    // Begin, six chunks and the word that they count; from there on everything comes.
    assert_eq!(ends.iter().position(|whole| *whole), Some(8));
    assert!(ends.iter().skip(8).all(|whole| *whole) && ends.len() > 10, "{ends:?}");
}

#[tokio::test]
async fn what_a_killed_import_left_is_finished_by_the_next_command() {
    let stores = stores();
    let mut road = Dying { road: Alone::new(load(&stores), Clock::manual(now())), left: 9 };
    run(&mut road, rows(&text(450)), Options::default(), |_| {}).await.unwrap_err();
    drop(road);
    assert_eq!(load(&stores).state().imports().count(), 1);
    import(&stores, Vec::new(), Options::default()).await;
    assert_eq!((deals(&stores), load(&stores).state().imports().count()), (450, 0));
}

#[tokio::test]
async fn a_customer_entered_while_the_rows_lay_aside_is_not_made_twice() {
    let stores = stores();
    let clock = Clock::manual(now());
    let mut slow = Dying { road: Alone::new(load(&stores), clock.clone()), left: 8 };
    run(&mut slow, rows(&text(450)), Options::default(), |_| {}).await.unwrap_err();
    // The first chunk is still aside when another sheet brings one of its customers and its deal.
    let Dying { mut road, .. } = slow;
    run(&mut road, rows(&text(3)), Options::default(), |_| {}).await.unwrap();
    drop(road);
    assert_eq!(two_hours_later(&stores), (450, 450));
}

#[tokio::test]
async fn an_export_comes_back_as_no_change() {
    let stores = stores();
    let mut text = text(3);
    text.push_str("=1+1 机械（宁波）有限公司,@二期,张伟,赢单,0.5万,产线数采\n");
    import(&stores, rows(&text), Options::default()).await;
    let mut road = Alone::new(load(&stores), Clock::manual(now()));
    let mut pages = Vec::new();
    for kind in [Kind::Customers, Kind::Deals, Kind::People] {
        let (rows, _) = export::page(&mut road, kind, None).await.unwrap();
        let header = export::columns(kind).iter().map(|column| column.title().to_owned()).collect();
        pages.push(sheet::Page { name: kind.name().into(), header, rows });
    }
    drop(road);
    assert_eq!(pages.iter().map(|page| page.rows.len()).collect::<Vec<_>>()[..2], [4, 4]);
    let workbook = sheet::read(&sheet::to_xlsx(&pages).unwrap()).unwrap();
    let tables = pages.iter().map(|page| sheet::read(&sheet::to_csv(page)).unwrap().remove(0));
    for sheets in [workbook, tables.collect()] {
        let mut all = Vec::new();
        for (at, sheet) in (0..).zip(&sheets) {
            all.extend(genjin::import::Table::of(sheet, None).unwrap().rows(at, sheet));
        }
        let again = import(&stores, all, Options { overwrite: true, ..Options::default() }).await;
        assert_eq!((again.written, again.faulty, again.kept.len()), (false, 0, 0), "{again:?}");
        assert_eq!(again.same, 8 + rules().people.members.len());
    }
}

#[test]
fn a_row_laid_aside_by_an_older_version_still_reads() {
    let stored = r#"{"v":1,"r":{"import":"000102030405060708090a0b0c0d0e0f","n":0,"rows":[{"deal":{"customer":"甲"}}]}}"#;
    let record =
        genjin::state::Record::from_bytes(genjin::state::kind::IMPORT_ROWS, stored.as_bytes()).unwrap();
    assert_eq!(record.to_bytes(), stored.as_bytes());
}
