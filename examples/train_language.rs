//! Learns anew from `src/language/training` and writes the weights that the next build holds, with their origin.
//!
//! `cargo run --release --locked --example train_language`

use std::fs;
use std::path::Path;

use genjin::language::learned;
use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let language = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/language");
    let mut paths: Vec<_> = fs::read_dir(language.join("training"))?
        .map(|entry| Ok(entry?.path()))
        .collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    let mut files = Vec::new();
    for path in &paths {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        files.push((name, fs::read_to_string(path)?));
    }
    let files: Vec<_> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let trained = learned::train(&files)?;
    let hash =
        |bytes: &[u8]| -> String { Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect() };
    let text: String = files.iter().map(|(_, text)| *text).collect();
    let origin = format!(
        "command   cargo run --release --locked --example train_language\n\
         training  {}\n\
         weights   {}\n\
         sentences {}\n",
        hash(text.as_bytes()),
        hash(&trained.weights),
        trained.sentences,
    );
    fs::write(language.join("learned/weights.bin"), &trained.weights)?;
    fs::write(language.join("learned/weights.origin"), origin)?;
    Ok(())
}
