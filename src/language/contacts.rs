//! People as reps call them, known or not: 张总, 李工, 王主任, 老周, 小陈. A surname with a title, or 老 and 小 before one.

use std::ops::Range;

use super::text::Text;

/// The surnames of nine Chinese in ten, without those that are mostly other words (向, 和, 从).
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔常汤康易乔赖温葛樊兰殷施洪翟安颜倪牛芦章鲁焦俞樊齐管庄柯欧聂岳耿包左柳甘祝尚詹游骆涂靳翁路车裴冉卓古鲍饶滕屈娄苗宁辛盛闵凌申项褚甄仇";
const DOUBLE_SURNAMES: &str = "欧阳 上官 司马 诸葛 慕容 司徒";
const TITLES: &str = "\
    总经理 总工程师 副总经理 副总 总监 总工 董事长 经理 主任 厂长 厂 老师 科长 处长 部长 院长 \
    所长 局长 区长 校长 店长 班长 组长 队长 书记 老板 主管 师傅 博士 教授 律师 会计 工 总 董 姐 \
    哥 叔 先生 女士";
/// Words that only look like a surname with a title.
const OTHER_WORDS: &str = "\
    施工 包工 金工 万工 方总体 高总价 于总 安厂 任工作 田工 高工资 高工艺 车工 石厂 金厂 温总 \
    包厂 车间 程走";
/// What turns a title into another word: 总价, 工期, 哥们.
const GOES_ON: &str = "价量额部共是结体包数计算值面线面期艺序程地位作资业厂时况商房商家内外区里";

/// The first person called by surname and title in `range`, beyond 老板, 厂长 and the like alone.
pub(super) fn contact(text: &Text<'_>, range: Range<usize>) -> Option<Range<usize>> {
    range
        .clone()
        .find_map(|at| titled(text, at).or_else(|| nicknamed(text, at)).or_else(|| by_place(text, at)))
        .filter(|found| found.end <= range.end)
}

/// Every person called by surname and title in `range`, in the text's order.
pub(super) fn contacts(text: &Text<'_>, range: Range<usize>) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut from = range.start;
    while let Some(next) = contact(text, from..range.end) {
        from = next.end;
        found.push(next);
    }
    found
}

/// 张总, 周一鸣经理: who is called by surname and title at `at`.
pub(super) fn titled(text: &Text<'_>, at: usize) -> Option<Range<usize>> {
    let surname = text
        .any(at, DOUBLE_SURNAMES)
        .or_else(|| text.get(at).filter(|c| SURNAMES.contains(*c)).map(|_| at + 1))?;
    if text.any(at, OTHER_WORDS).is_some() && (text.any(at, "于总").is_none() || preposition_before(text, at))
    {
        return None;
    }
    // 「谢谢张经理」 is 张经理.
    let thanks =
        text.word(at, "谢谢").is_some() || text.get(at) == Some('谢') && text.before(at) == Some('谢');
    let longest = if thanks { 0 } else { 2 };
    // 张建国经理: a given name of up to two characters before a title of two.
    (0..=longest).find_map(|given| {
        let title_at = surname + given;
        let end = text.any(title_at, TITLES)?;
        let short = end == title_at + 1;
        let goes_on = text.get(end).is_some_and(|c| GOES_ON.contains(c));
        let name = text
            .chars(surname..title_at)
            .iter()
            .all(|c| c.is_alphabetic() && !"的了和跟给说约见是在有与这那".contains(*c));
        (name && !(short && (goes_on || given > 0))).then_some(at..end)
    })
}

/// 关于总价, 由于总部: a preposition and another word.
fn preposition_before(text: &Text<'_>, at: usize) -> bool {
    text.before(at).is_some_and(|c| "关由对基属位至等终限鉴".contains(c))
}

/// 老周, 小陈; not 老客户, 小万 in 小万把块.
fn nicknamed(text: &Text<'_>, at: usize) -> Option<Range<usize>> {
    text.get(at).filter(|c| matches!(c, '老' | '小'))?;
    let surname = text
        .get(at + 1)
        .filter(|c| SURNAMES.contains(*c) && !"万方龙车石路安包牛马金高白古康毛".contains(*c))?;
    let next = text.get(at + 2);
    // 小于, 小张数, 老程序: the surname begins another word.
    let other_word = surname == '于' || next.is_some_and(|c| "数度序项目期板总".contains(c));
    (!other_word).then_some(at..at + 2)
}

/// 老板娘: nobody else is called so in a company.
fn by_place(text: &Text<'_>, at: usize) -> Option<Range<usize>> {
    text.any(at, "老板娘 少东家").map(|end| at..end)
}
