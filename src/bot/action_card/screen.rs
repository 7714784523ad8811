//! The first look at what was handed in, by rule: is there a picture or a file where one is asked for, and are the
//! demanded words named? What a picture shows is for the reviewer to see.

use crate::sales::Media;

/// What a criterion came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is there.
    Seen,
    /// It was not found.
    Unseen,
}

const PICTURES: [&str; 7] = ["图", "照片", "照", "截屏", "拍", "相片", "小票"];
const FILES: [&str; 10] = ["文件", "文档", "附件", "PDF", "pdf", "Excel", "excel", "Word", "PPT", "扫描件"];
/// What stands before the demanded words.
const OPENINGS: [&str; 22] = [
    "要写明",
    "要注明",
    "要包含",
    "要有",
    "写明",
    "注明",
    "说明",
    "标明",
    "列明",
    "列出",
    "包含",
    "包括",
    "提到",
    "附上",
    "附",
    "带上",
    "含有",
    "含",
    "有",
    "写上",
    "写清",
    "要",
];
/// What stands behind them.
const ENDINGS: [&str; 9] = ["页面", "页", "部分", "内容", "一项", "信息", "情况", "说明", "的"];
/// Between two characters of a demanded word so many others may stand: 交期 is named by 交货期.
const APART: usize = 1;

/// How each criterion is met by these words, pictures and files.
pub fn screen(criteria: &[Box<str>], words: &[&str], media: &[&Media]) -> Vec<Verdict> {
    criteria.iter().map(|criterion| one(criterion, words, media)).collect()
}

fn one(criterion: &str, words: &[&str], media: &[&Media]) -> Verdict {
    let wants = |marks: &[&str]| marks.iter().any(|mark| criterion.contains(mark));
    let (picture, file) = (wants_picture(criterion), wants(&FILES));
    let pictures = media.iter().any(|media| media.is_picture());
    let files = media.iter().any(|media| !media.is_picture());
    let met = match (picture, file) {
        (true, true) => pictures || files,
        (true, false) => pictures,
        (false, true) => files,
        (false, false) => {
            let names = media.iter().filter_map(|media| media.name.as_deref());
            let said: Vec<&str> = words.iter().copied().chain(names).collect();
            demanded(criterion).iter().all(|word| said.iter().any(|said| names_it(said, word)))
        }
    };
    if met { Verdict::Seen } else { Verdict::Unseen }
}

/// 「架构图」 and 「甘特图」 are what a document holds; 「有图」「签收截图」 are what is sent.
fn wants_picture(criterion: &str) -> bool {
    const DRAWN: [&str; 7] = ["架构图", "甘特图", "流程图", "示意图", "布局图", "图纸", "原理图"];
    let rest = DRAWN.iter().fold(criterion.to_owned(), |rest, drawn| rest.replace(drawn, ""));
    PICTURES.iter().any(|mark| rest.contains(mark))
}

/// The words that a criterion demands: 「写明交期和付款方式」 → 交期, 付款方式.
fn demanded(criterion: &str) -> Vec<String> {
    let marks = |c: char| c.is_whitespace() || "，。、；：,.;:「」“”（）()".contains(c);
    let part = |part: &str| {
        let mut rest = part.trim_matches(marks);
        while let Some(behind) = OPENINGS.iter().find_map(|opening| rest.strip_prefix(opening)) {
            rest = behind.trim_start_matches(marks);
        }
        while let Some(before) = ENDINGS.iter().find_map(|ending| rest.strip_suffix(ending)) {
            rest = before.trim_end_matches(marks);
        }
        rest.to_owned()
    };
    let parts = criterion.split(['、', '，', ',', '和', '与', '及', '/']).map(part);
    parts.filter(|word| word.chars().count() > 1).collect()
}

/// Whether `said` names `word`: its characters in order, at most [`APART`] others between two.
fn names_it(said: &str, word: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
    };
    let (said, word) = (plain(said), plain(word));
    let Some((first, rest)) = word.split_first() else { return true };
    let starts = said.iter().enumerate().filter(|(_, c)| *c == first).map(|(at, _)| at);
    starts.into_iter().any(|start| {
        let mut at = start;
        rest.iter().all(|wanted| {
            let near = (at + 1..=at + 1 + APART).find(|next| said.get(*next) == Some(wanted));
            near.is_some_and(|next| {
                at = next;
                true
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::{Blob, MediaId, MediaKind, MediaState};

    fn media(kind: MediaKind, name: Option<&str>) -> Media {
        Media {
            id: MediaId(1),
            by: "wang".into(),
            at: chrono::DateTime::UNIX_EPOCH,
            picture: true,
            name: name.map(Into::into),
            deal: None,
            action: None,
            state: MediaState::Kept(Blob { sha256: "0".into(), bytes: 1, kind }),
        }
    }

    fn met(criterion: &str, words: &[&str], media: &[&Media]) -> bool {
        screen(&[criterion.into()], words, media) == [Verdict::Seen]
    }

    #[test]
    fn picture_is_a_picture_by_its_bytes_whatever_it_was_sent_as() {
        let (jpeg, html) = (media(MediaKind::Jpeg, None), media(MediaKind::Other, Some("a.jpg")));
        assert!(met("有报价单图片", &[], &[&jpeg]));
        assert!(!met("有报价单图片", &["图片发了"], &[&html]));
        assert!(met("客户签收截图", &[], &[&jpeg]));
        assert!(met("交扫描件或照片", &[], &[&jpeg]));
    }

    #[test]
    fn demanded_words_must_be_named() {
        assert!(met("写明交期", &["报价单发了，交货期 30 天"], &[]));
        assert!(!met("写明交期", &["报价单发了"], &[]));
        assert!(met("含等保三级认证页", &["第 4 页是等保三级认证"], &[]));
        assert!(!met("含本地化部署架构图", &["第 4 页是等保三级认证"], &[]));
        assert!(met("写明交期和付款方式", &["交期 30 天", "付款方式三七开"], &[]));
        assert!(!met("写明交期和付款方式", &["交期 30 天"], &[]));
        assert!(met("报价单", &[], &[&media(MediaKind::Pdf, Some("鑫源报价单.pdf"))]));
    }

    #[test]
    fn file_is_no_picture_and_a_picture_no_file() {
        let (pdf, png) = (media(MediaKind::Pdf, None), media(MediaKind::Png, None));
        assert!(met("PDF 文件", &[], &[&pdf]) && !met("PDF 文件", &[], &[&png]));
        assert!(!met("现场照片", &[], &[&pdf]));
    }
}
