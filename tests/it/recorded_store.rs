//! A workspace's folder as this format was first written, kept for ever: every later version must read it.
//!
//! To record a folder of a new format beside it: `cargo test --test it recorded_store::record -- --ignored`.

use std::fs;
use std::io::{Read, Write};
use std::path::PathBuf;

use genjin::store::{Repair, Source, Stores};
use sha2::{Digest, Sha256};

use crate::store_support::{Files, Place, WORKSPACE, files_of, settling, unsettled};

const RECORDED: &[u8] = include_bytes!("fixtures/store-1.zst");
const LAST: u64 = 60;
const PHOTO: &[u8] = b"\xff\xd8 a photo of a business card";

fn photo_name() -> String {
    let hex: String = Sha256::digest(PHOTO).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("media/{hex}")
}

/// Files as one: name length u32, name, length u32, content, each big-endian, all of it compressed.
fn packed(files: &Files) -> Vec<u8> {
    let mut plain = Vec::new();
    for (name, bytes) in files {
        for part in [name.to_str().unwrap().as_bytes(), bytes] {
            plain.extend((part.len() as u32).to_be_bytes());
            plain.extend(part);
        }
    }
    zstd::encode_all(plain.as_slice(), 19).unwrap()
}

fn unpacked(packed: &[u8]) -> Files {
    let plain = zstd::decode_all(packed).unwrap();
    let (mut rest, mut files) = (plain.as_slice(), Vec::new());
    let part = |rest: &mut &[u8]| {
        let (length, mut content) = ([0; 4], Vec::new());
        let mut length = length;
        rest.read_exact(&mut length).unwrap();
        rest.take(u32::from_be_bytes(length).into()).read_to_end(&mut content).unwrap();
        content
    };
    while !rest.is_empty() {
        let name = PathBuf::from(String::from_utf8(part(&mut rest)).unwrap());
        files.push((name, part(&mut rest)));
    }
    files
}

/// Writes the fixture: two backups, a state, a journal that goes beyond it, a photo, a version of the rules.
#[test]
#[ignore = "it writes the fixture of a new format"]
fn record() {
    let mut place = Place::new(settling());
    for seq in [20, 40] {
        place.grow(seq).back_up();
    }
    place.grow(50);
    place.options = unsettled();
    place.grow(LAST);
    for (name, bytes) in [(photo_name(), PHOTO), ("versions/0a1b2c".to_owned(), &b"[chat]\n"[..])] {
        fs::create_dir_all(place.path(&name).parent().unwrap()).unwrap();
        fs::write(place.path(&name), bytes).unwrap();
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/fixtures/store-new.zst");
    fs::File::create(file).unwrap().write_all(&packed(&files_of(&place.path("")))).unwrap();
}

#[test]
fn recorded_folder_opens_whole() {
    assert!(RECORDED.len() < 100 << 10, "{} bytes", RECORDED.len());
    let place = Place::of(&unpacked(RECORDED));
    let opened = place.open().unwrap();
    assert_eq!((opened.repaired.as_ref(), opened.identities.len()), (None, 2 * LAST as usize));
    let proof = opened.store.keeper().verify(&()).unwrap();
    assert_eq!(proof.problems, [""; 0]);
    assert!(proof.proved.iter().any(|line| line.contains("media: 1 files")), "{:?}", proof.proved);
    drop(opened);
    assert_eq!(place.whole(LAST), None);
}

#[test]
fn recorded_backups_bring_the_recorded_folder_back() {
    let place = Place::of(&unpacked(RECORDED));
    fs::remove_dir_all(place.path("state")).unwrap();
    let Some(Repair::State { source: Source::Backup { file }, replayed: 20, .. }) = place.whole(LAST) else {
        panic!("not from the newest backup")
    };
    assert_eq!(file, place.path("backup/000000000040.jsonl.zst"));

    let elsewhere = Place::new(settling());
    let head = elsewhere.stores().import(WORKSPACE, &mut fs::File::open(file).unwrap(), 7).unwrap();
    assert_eq!((head.seq, head.epoch), (40, 7));
    assert_eq!(elsewhere.open().unwrap().head, head);
}
