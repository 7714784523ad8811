//! What the kept versions of the admin's files say of people: a member's name and accounts, and the demo's customers.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use toml::{Table, Value};

use crate::sales::ErasureSubject;

/// What stands in the place of a name.
const GONE: &str = "已删除";

/// Takes out of the kept versions what is personal of `subject`. What does not read stays: it is no file of ours.
pub(super) fn clean(versions: &Path, subject: &ErasureSubject) -> io::Result<()> {
    if !versions.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(versions)? {
        let folder = entry?.path();
        match subject {
            ErasureSubject::Member(id) => forget_member(&folder.join("people.toml"), id.as_str())?,
            // They were laid in once; a version needs them no more.
            ErasureSubject::Customer(_) | ErasureSubject::Contact { .. } => remove(&folder.join("demo"))?,
        }
    }
    File::open(versions)?.sync_all()
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Err(error)
        }
        _ => Ok(()),
    }
}

fn forget_member(file: &Path, key: &str) -> io::Result<()> {
    let Ok(text) = fs::read_to_string(file) else { return Ok(()) };
    let Ok(mut people) = text.parse::<Table>() else { return Ok(()) };
    let Some(Value::Array(members)) = people.get_mut("members") else { return Ok(()) };
    let mut found = false;
    for member in members.iter_mut().filter_map(Value::as_table_mut) {
        if member.get("key").and_then(Value::as_str) == Some(key) {
            // What is kept says where they stood, not who they were.
            member.retain(|field, _| matches!(field, "key" | "team" | "manager" | "roles"));
            member.insert("name".to_owned(), GONE.into());
            found = true;
        }
    }
    if !found {
        return Ok(());
    }
    let unfinished = file.with_extension("tmp");
    let mut made = File::create(&unfinished)?;
    made.write_all(people.to_string().as_bytes())?;
    made.sync_all()?;
    fs::rename(&unfinished, file)?;
    File::open(file.parent().unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn member_who_left_is_no_more_named_in_kept_versions() {
        let versions = tempfile::tempdir().unwrap();
        let folder = versions.path().join("abc");
        fs::create_dir(&folder).unwrap();
        let text = "[[members]]\nkey = \"wang-lei\"\nname = \"王磊\"\nwecom = \"WangLei\"\nteam = \"east\"\n\
                    \n[[members]]\nkey = \"li-na\"\nname = \"李娜\"\n";
        fs::write(folder.join("people.toml"), text).unwrap();
        clean(versions.path(), &ErasureSubject::Member("wang-lei".into())).unwrap();
        let cleaned = fs::read_to_string(folder.join("people.toml")).unwrap();
        assert!(!cleaned.contains("王磊") && !cleaned.contains("WangLei"), "{cleaned}");
        assert!(
            cleaned.contains("wang-lei") && cleaned.contains("east") && cleaned.contains("李娜"),
            "{cleaned}"
        );
    }
}
