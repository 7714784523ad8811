//! The small, strict XML that 企业微信 callbacks are written in.
//!
//! The callback reads its envelope with it before anything is proved, so the reader refuses every way in which XML
//! can grow or reach out: document types, entities, depth, size. What the platform really varies is tolerated: the
//! order of elements, CDATA or bare text, white space between, elements that repeat.

use std::borrow::Cow;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};
use quick_xml::reader::Reader;

/// Longer documents are refused; the longest real ones (a large group's member list) have some 100 KB.
const MAX_BYTES: usize = 1 << 20;
/// Deeper elements are refused; real ones reach 5.
const MAX_DEPTH: usize = 16;
/// More elements are refused.
const MAX_ELEMENTS: usize = 20_000;

/// Why a document was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// Not well-formed, not UTF-8, or without exactly one root.
    #[error("the XML is not well-formed")]
    Syntax,
    /// It has a document type.
    #[error("the XML declares a document type")]
    Doctype,
    /// It refers to an entity that XML itself does not define.
    #[error("the XML uses an entity")]
    Entity,
    /// It is too long, too deep or has too many elements.
    #[error("the XML is too large")]
    TooLarge,
}

/// One element: its own text and the elements in it. Attributes mean nothing in these documents and are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Element {
    name: String,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// The root of `document`.
    pub fn parse(document: &[u8]) -> Result<Self, XmlError> {
        if document.len() > MAX_BYTES {
            return Err(XmlError::TooLarge);
        }
        let text = std::str::from_utf8(document).map_err(|_| XmlError::Syntax)?;
        let mut reader = Reader::from_str(text.trim_start_matches('\u{FEFF}'));
        let mut tree = Tree::default();
        loop {
            match reader.read_event().map_err(|_| XmlError::Syntax)? {
                Event::Start(start) => tree.open(start.local_name().as_ref())?,
                Event::Empty(empty) => {
                    tree.open(empty.local_name().as_ref())?;
                    tree.close()?;
                }
                Event::End(_) => tree.close()?,
                Event::Text(text) => tree.write(&text.xml10_content())?,
                Event::CData(text) => tree.write(&text.xml10_content())?,
                Event::GeneralRef(reference) => tree.write(&resolved(&reference)?)?,
                Event::DocType(_) => return Err(XmlError::Doctype),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => return tree.finish(),
            }
        }
    }

    /// The text of the first child `name`, trimmed; empty when there is no such child.
    pub fn text_of(&self, name: &str) -> &str {
        self.children.iter().find(|child| child.name == name).map_or("", Self::text)
    }

    /// The element's own text, trimmed.
    pub fn text(&self) -> &str {
        self.text.trim()
    }

    /// All children `name`, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

/// The text that a reference stands for: a character by number or one of XML's own five.
fn resolved(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, XmlError> {
    if reference.is_char_ref() {
        let character = reference.resolve_char_ref().map_err(|_| XmlError::Entity)?;
        return character.map(|c| c.to_string().into()).ok_or(XmlError::Entity);
    }
    resolve_predefined_entity(&reference.xml10_content()).map(Cow::Borrowed).ok_or(XmlError::Entity)
}

/// The elements that are open while a document is read, outermost first.
#[derive(Default)]
struct Tree {
    open: Vec<Element>,
    root: Option<Element>,
    count: usize,
}

impl Tree {
    fn open(&mut self, name: &str) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(XmlError::Syntax);
        }
        self.count += 1;
        if self.open.len() == MAX_DEPTH || self.count > MAX_ELEMENTS {
            return Err(XmlError::TooLarge);
        }
        self.open.push(Element { name: name.to_owned(), ..Element::default() });
        Ok(())
    }

    fn write(&mut self, text: &str) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(XmlError::Syntax),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let element = self.open.pop().ok_or(XmlError::Syntax)?;
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element, XmlError> {
        self.root.filter(|_| self.open.is_empty()).ok_or(XmlError::Syntax)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(document: &str) -> Result<Element, XmlError> {
        Element::parse(document.as_bytes())
    }

    #[test]
    fn text_is_read_bare_in_cdata_and_mixed() {
        let root = parse(
            "\u{FEFF}<?xml version=\"1.0\"?>\n<xml a='1'>\n <A>1&lt;2 &#x5F20;</A>\n <B>\n<![CDATA[<&>]]> </B><C/></xml>\n",
        );
        let root = root.unwrap();
        assert_eq!(root.text_of("A"), "1<2 张");
        assert_eq!(root.text_of("B"), "<&>");
        assert_eq!((root.text_of("C"), root.text_of("D")), ("", ""));
    }

    #[test]
    fn repeated_elements_are_all_there() {
        let root = parse("<xml><L><I>1</I></L><L><I>2</I><I>3</I></L></xml>").unwrap();
        let items: Vec<_> = root.all("L").flat_map(|list| list.all("I")).map(Element::text).collect();
        assert_eq!(items, ["1", "2", "3"]);
    }

    #[test]
    fn document_types_and_entities_are_refused() {
        let bomb = "<!DOCTYPE x [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><xml>&b;</xml>";
        assert_eq!(parse(bomb), Err(XmlError::Doctype));
        let file = "<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><xml>&f;</xml>";
        assert_eq!(parse(file), Err(XmlError::Doctype));
        for reference in ["&f;", "&nbsp;", "&#0;", "&#xD800;", "&#x110000;", "&#;"] {
            assert_eq!(parse(&format!("<xml>{reference}</xml>")), Err(XmlError::Entity), "{reference}");
        }
    }

    #[test]
    fn depth_and_size_are_limited() {
        let nested = |depth: usize| format!("{}{}", "<x>".repeat(depth), "</x>".repeat(depth));
        assert!(parse(&nested(MAX_DEPTH)).is_ok());
        assert_eq!(parse(&nested(MAX_DEPTH + 1)), Err(XmlError::TooLarge));
        assert_eq!(parse(&"<x>".repeat(100_000)), Err(XmlError::TooLarge));
        assert_eq!(parse(&format!("<x>{}</x>", "<y/>".repeat(MAX_ELEMENTS))), Err(XmlError::TooLarge));
        assert_eq!(parse(&" ".repeat(MAX_BYTES + 1)), Err(XmlError::TooLarge));
    }

    #[test]
    fn broken_documents_are_refused() {
        for broken in [
            "",
            "text",
            "<xml>",
            "<xml></XML>",
            "</xml>",
            "<a/><b/>",
            "<xml/>tail",
            "<xml><![CDATA[x</xml>",
            "<xml>a & b</xml>",
        ] {
            assert_eq!(parse(broken), Err(XmlError::Syntax), "{broken}");
        }
        assert_eq!(Element::parse(b"<xml>\xff</xml>"), Err(XmlError::Syntax));
    }
}
