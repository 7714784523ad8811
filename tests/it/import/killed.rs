//! `kill -9` of the command that imports, and of the service beside which it does, at any instant: the sheet is in whole
//! or not at all, and what counts is finished by whoever comes next.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Instant;

use genjin::clock::Clock;
use genjin::config;
use genjin::engine::Engine;
use genjin::import::{Alone, Options, Road, run};
use genjin::store::{JournalStore, JournalStores, Stores};

use crate::cli::Demo;

const KILLS: u32 = 8;
const ROWS: usize = 600;

fn spawn(data: &Path, file: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_genjin"));
    command.arg("import").arg(file).arg("--data").arg(data).current_dir(env!("CARGO_MANIFEST_DIR"));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn open(data: &Path) -> Alone<JournalStore> {
    let folder = config::workspaces(&super::folder()).unwrap().remove(0);
    let rules = config::load_with_unset_secrets(&folder.path, &|_| None).unwrap();
    let opened = JournalStores::new(data, Clock::system()).open(&folder.name).unwrap();
    Alone::new(Engine::load(opened, Arc::new(rules)).unwrap(), Clock::system())
}

/// How many of the sheet's deals of this round are in, once what counts is finished.
async fn deals_in(data: &Path, round: u32) -> usize {
    let mut road = open(data);
    // An import of nothing finishes what another left.
    run(&mut road, Vec::new(), Options::default(), |_| {}).await.unwrap();
    let name = format!("第{round}轮");
    let count = move |state: &genjin::state::State, _| {
        let deals: Vec<_> = state.deals().filter(|deal| *deal.name == *name).collect();
        assert!(deals.iter().all(|deal| deal.last_follow_up.is_none()), "待盘点");
        deals.len()
    };
    road.read(count).await.unwrap()
}

fn sheet(folder: &Path, round: u32) -> std::path::PathBuf {
    let row = |n| format!("南通第{n}机械有限公司,第{round}轮,王磊,报价,{n}万,视觉检测\n");
    let rows: String = (0..ROWS).map(row).collect();
    let path = folder.join(format!("{round}.csv"));
    std::fs::write(&path, format!("客户名称,商机名称,负责人,阶段,金额,产品线\n{rows}")).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the instant of the kill is real time: that is what is tested")]
async fn killed_import_is_in_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(Demo::start(data.to_str().unwrap()).terminate().success());
    // How long it takes on this machine.
    let began = Instant::now();
    assert!(spawn(&data, &sheet(folder.path(), 0)).wait().unwrap().success());
    let whole = began.elapsed();
    let mut ends = Vec::new();
    for round in 1..=KILLS {
        let beside = round % 3 == 0;
        let mut service = beside.then(|| Demo::start(data.to_str().unwrap()));
        let mut import = spawn(&data, &sheet(folder.path(), round));
        let (began, after) = (Instant::now(), whole.mul_f64(f64::from(round) / f64::from(KILLS)));
        while began.elapsed() < after {
            tokio::task::yield_now().await;
        }
        // Beside a service it is the service that dies.
        drop(service.take());
        if !beside {
            import.kill().unwrap();
        }
        import.wait().unwrap();
        let deals = deals_in(&data, round).await;
        assert!(deals == 0 || deals == ROWS, "round {round}: {deals} of {ROWS} deals");
        ends.push(deals);
        assert!(spawn(&data, &folder.path().join(format!("{round}.csv"))).wait().unwrap().success());
        assert_eq!(deals_in(&data, round).await, ROWS, "the same again makes it whole");
    }
    assert!(ends.contains(&0), "no kill came early enough: the test shows too little");
}
