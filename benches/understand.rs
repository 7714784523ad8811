//! What it costs to understand a note: each sentence of the labelled sets and a few whole notes, against the demo's
//! calendar and names of customers as many as a large team has.
//!
//! `cargo bench --bench understand`

use std::hint::black_box;

use chrono::{DateTime, Utc};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use genjin::calendar::Calendar;
use genjin::language::{
    Awaited, Context, Directory, Via, alike, breakdown, has_content, objections, understand,
};
use genjin::sales::CustomerId;

const NOTES: [&str; 6] = [
    "客户10297号张总约了下周二看厂",
    "今天跟客户00042号的张总通了电话，他说方案内部在过，下周三之前给答复",
    "昨天见了客户31337号李工，约了下周三下午看厂，预算大概八十万，要5台",
    "刚和刘经理打完电话，样品收到了，下周二试吃，首批要500箱，账期60天",
    "客户00007号明天上午九点半去他们厂里看现场，周五前给他报价，返点最多三个点",
    "客户很感兴趣，持续跟进中",
];
const CUSTOMERS: u64 = 50_000;

fn notes(c: &mut Criterion) {
    let calendar = Calendar::default();
    let mut names = Directory::default();
    for number in 0..CUSTOMERS {
        let name = format!("客户{number:05}号");
        // A surname is shared by the contacts of some.
        let contact = (number % 10_000 == 0).then_some(("张总", Via::Contact));
        let called = [(name.as_str(), Via::Name)].into_iter().chain(contact);
        names.customers.set(&CustomerId(number), called);
    }
    let now: DateTime<Utc> = "2026-11-24T01:30:00Z".parse().expect("it is RFC 3339");
    let ctx = Context { now, calendar: &calendar, names: &names, awaiting: Awaited::Nothing };
    let mut group = c.benchmark_group("understand");
    for (number, note) in (1..).zip(NOTES) {
        group.throughput(Throughput::Bytes(note.len() as u64));
        group.bench_function(format!("note {number}"), |b| b.iter(|| understand(black_box(note), &ctx)));
    }
    let long = NOTES.concat().repeat(20);
    let long = long.get(..long.char_indices().nth(2_000).map_or(long.len(), |(at, _)| at)).unwrap_or(&long);
    group.throughput(Throughput::Bytes(long.len() as u64));
    group.bench_function("2,000 characters", |b| b.iter(|| understand(black_box(long), &ctx)));
    let worst = "十二月".repeat(667);
    group.throughput(Throughput::Bytes(worst.len() as u64));
    group.bench_function("nothing but months", |b| b.iter(|| understand(black_box(&worst), &ctx)));
    for (name, piece) in [
        ("nothing but promises", "张总说周五前给他报价，"),
        ("nothing but people", "张总李工王姐刘经理"),
        ("nothing but deeds", "报价合同样品验收演示"),
        ("one clause of all", "法务还没批答应他明天寄样拍板的是沈总"),
    ] {
        let worst: String = piece.chars().cycle().take(2_000).collect();
        group.throughput(Throughput::Bytes(worst.len() as u64));
        group.bench_function(name, |b| b.iter(|| understand(black_box(&worst), &ctx)));
    }
    let pasted =
        "张总 2026/11/23 15:02:11\n报价什么时候给\n王磊 2026/11/23 15:05:40\n周五前发您\n".repeat(30);
    group.throughput(Throughput::Bytes(pasted.len() as u64));
    group.bench_function("a pasted conversation", |b| b.iter(|| understand(black_box(&pasted), &ctx)));
    let own: Vec<(CustomerId, String)> = (1..)
        .map(CustomerId)
        .zip(["宏远机械", "鑫源食品", "永兴铸造"].map(str::to_owned).into_iter().cycle().take(500))
        .collect();
    group.throughput(Throughput::Elements(1));
    group.bench_function("misheard among 500 names", |b| {
        b.iter(|| alike(black_box(NOTES[1]), &[], own.iter().map(|(id, name)| (*id, name.as_str()))))
    });
    let note = NOTES[2];
    group.bench_function("breakdown", |b| b.iter(|| breakdown(black_box(note), &ctx, &|_| None)));
    let hint = "老板一看报价单就摇头，说回去再想想";
    group.bench_function("objections", |b| b.iter(|| objections::read(black_box(hint))));
    group.bench_function("content", |b| b.iter(|| has_content(black_box(hint))));
    group.finish();
}

criterion_group!(benches, notes);
criterion_main!(benches);
