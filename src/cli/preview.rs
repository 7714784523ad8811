//! `genjin preview`: a message as both apps would draw it: as text, as JSON, as a page, or as a picture of that page.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::config;
use crate::messages::{Templates, preview};
use crate::sales::Platform;

/// Every message there is.
const ALL: &str = "all";
/// Browsers by the names that distributions give them.
const BROWSERS: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge"];
/// Where macOS keeps them.
const APPS: [&str; 2] = [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
];
/// So many messages go on one picture: a browser draws none of unlimited height.
const ON_ONE_PICTURE: usize = 6;
/// Widths of the sheet in CSS pixels: one phone, both, and two messages beside each other.
const WIDTHS: [u32; 3] = [408, 792, 1_584];

/// What is to be shown, and how.
#[derive(Args)]
pub(super) struct What {
    /// The message: the name of its file without .md, or `all`
    message: String,
    /// Only this platform
    #[arg(long)]
    platform: Option<PlatformArg>,
    /// Write one page that shows both phones; it needs nothing beside itself
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a picture of that page; it needs Chromium or Chrome. Of `all` there are several: FILE-1.png, FILE-2.png …
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// The picture as phones in dark mode show it
    #[arg(long, requires = "png")]
    dark: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum PlatformArg {
    Wecom,
    Dingtalk,
}

/// Shows it. A file with a fault is shown in its last good version, and the fault is told.
pub(super) fn run(folder: &Path, what: &What, json: bool) -> anyhow::Result<ExitCode> {
    let (templates, faults) = Templates::shipped().reload_keeping(folder);
    for fault in &faults {
        tracing::warn!("{fault}");
    }
    let known = || templates.iter().map(|template| template.key.as_str());
    // A message has this name too; it is among them.
    let is_all = what.message == ALL;
    let keys: Vec<&str> = if is_all {
        known().collect()
    } else if templates.get(&what.message).is_some() {
        vec![&what.message]
    } else {
        let names: Vec<&str> = known().collect();
        bail!("no message is called {}; there are: {}", what.message, names.join(", "));
    };
    let platform = what.platform.map(|platform| match platform {
        PlatformArg::Wecom => Platform::WeCom,
        PlatformArg::Dingtalk => Platform::DingTalk,
    });
    if let Some(file) = &what.html {
        let page = preview::page(&templates, &keys, platform)?;
        std::fs::write(file, page).with_context(|| format!("writing {}", file.display()))?;
        println!("{}", file.display());
    }
    if let Some(file) = &what.png {
        let browser = browser()?;
        for (at, keys) in keys.chunks(ON_ONE_PICTURE).enumerate() {
            let file = if is_all { numbered(file, at + 1) } else { file.clone() };
            let width = WIDTHS[usize::from(platform.is_none()) + usize::from(keys.len() > 1)];
            picture(&browser, &preview::page(&templates, keys, platform)?, (width, what.dark), &file)?;
            println!("{}", file.display());
        }
    }
    if what.html.is_some() || what.png.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    if json {
        let mut all = Vec::new();
        for key in keys {
            all.extend(preview::previews(&templates, key, platform)?);
        }
        println!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(ExitCode::SUCCESS);
    }
    for key in &keys {
        if keys.len() > 1 {
            println!("━━ {key} ━━");
        }
        println!("{}", preview(&templates, key, platform)?);
    }
    Ok(ExitCode::SUCCESS)
}

/// `all.png` → `all-2.png`.
fn numbered(file: &Path, number: usize) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}-{number}.png"))
}

/// The browser that `GENJIN_CHROMIUM` names, or the first that is installed.
fn browser() -> anyhow::Result<PathBuf> {
    if let Some(named) = config::environment("GENJIN_CHROMIUM") {
        return Ok(named.into());
    }
    let path = config::environment("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).collect::<Vec<_>>();
    let installed = BROWSERS.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
    installed.chain(APPS.iter().map(PathBuf::from)).find(|browser| browser.is_file()).context(
        "a picture is drawn by Chromium or Chrome, and none was found: install one (Debian: apt-get install chromium \
         fonts-noto-cjk), or name it in GENJIN_CHROMIUM; --html needs none",
    )
}

/// Draws a page to a file, as high as the page is.
fn picture(browser: &Path, page: &str, (width, dark): (u32, bool), file: &Path) -> anyhow::Result<()> {
    let room = tempfile::tempdir().context("making a folder for the browser")?;
    let (sheet, drawn) = (room.path().join("sheet.html"), room.path().join("drawn.png"));
    // The page itself has no script; this one is for the browser alone, to know how high the picture must be.
    let measures = "<script>document.documentElement.dataset.high = Math.ceil(\
                    document.querySelector('main').getBoundingClientRect().height)</script></body>";
    std::fs::write(&sheet, page.replace("</body>", measures))?;
    let run = |height: u32, what: &str| {
        let mut command = Command::new(browser);
        command
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"])
            .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
            .arg("--force-device-scale-factor=2")
            .arg(format!("--user-data-dir={}", room.path().join("profile").display()))
            .arg(format!("--window-size={width},{height}"))
            .arg(what)
            .stdin(Stdio::null());
        if dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        command.arg(format!("file://{}", sheet.display()));
        let done = command.output().with_context(|| {
            format!("starting {}: name a Chromium or Chrome in GENJIN_CHROMIUM", browser.display())
        })?;
        Ok::<_, anyhow::Error>(String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let dumped = run(800, "--dump-dom")?;
    let high = dumped.split_once("data-high=\"").and_then(|(_, rest)| rest.split_once('"'));
    let high = high.and_then(|(high, _)| high.parse().ok()).with_context(|| {
        format!("{} did not draw the page; try another one in GENJIN_CHROMIUM", browser.display())
    })?;
    run(high, &format!("--screenshot={}", drawn.display()))?;
    std::fs::copy(&drawn, file).with_context(|| {
        format!("writing {}: the folder must be there, and {} must draw", file.display(), browser.display())
    })?;
    Ok(())
}
