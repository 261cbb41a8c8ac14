//! Well-formed XML as a stream of tokens, with the place of every error.

use std::borrow::Cow;

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_xml_entity,
    events::{BytesRef, BytesStart, Event},
};

use crate::error::DecodeError;

/// One piece of a document.
pub(super) enum Token<'t> {
    Open(Element),
    Text(Cow<'t, str>),
    Close,
    End,
}

/// A start tag, without namespace prefix.
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
}

impl Element {
    /// The first of the named attributes that is there and not blank.
    pub(super) fn attribute(&self, names: &[&str]) -> Option<&str> {
        let find = |name: &&str| self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
        names.iter().filter_map(find).find(|value| !value.is_empty())
    }
}

/// A document being read.
pub(super) struct Markup<'t> {
    text: &'t str,
    reader: Reader<&'t [u8]>,
    depth: usize,
    max_depth: usize,
}

impl<'t> Markup<'t> {
    pub(super) fn new(text: &'t str, max_depth: usize) -> Self {
        let mut reader = Reader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        Self { text, reader, depth: 0, max_depth }
    }

    /// The next token; comments and processing instructions are left out.
    pub(super) fn next(&mut self) -> Result<Token<'t>, DecodeError> {
        loop {
            let start = self.reader.buffer_position();
            let event = self.reader.read_event().map_err(|error| self.wrong(self.reader.error_position(), &error))?;
            let text = match event {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth > self.max_depth {
                        let depth = self.max_depth;
                        return Err(DecodeError::unsupported(format!("XML elements nest deeper than {depth}")));
                    }
                    return self.element(&tag, start).map(Token::Open);
                }
                Event::End(_) => {
                    self.depth -= 1;
                    return Ok(Token::Close);
                }
                Event::Text(text) => text.xml10_content(),
                Event::CData(text) => text.xml10_content(),
                Event::GeneralRef(reference) => self.resolve(&reference, start)?,
                Event::DocType(_) => {
                    return Err(DecodeError::unsupported("XML document type declarations are not accepted"));
                }
                Event::Eof if self.depth > 0 => {
                    return Err(self.wrong(start, &"the document ends before its elements are closed"));
                }
                Event::Eof => return Ok(Token::End),
                Event::Decl(_) if self.depth > 0 => {
                    return Err(self.wrong(start, &"an XML declaration inside an element"));
                }
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            };
            if self.depth > 0 {
                return Ok(Token::Text(text));
            }
            let blank = text.len() - text.trim_start().len();
            if blank < text.len() {
                let start = start.saturating_add(u64::try_from(blank).unwrap_or_default());
                return Err(self.wrong(start, &"text outside the root element"));
            }
        }
    }

    fn element(&self, tag: &BytesStart<'_>, start: u64) -> Result<Element, DecodeError> {
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|error| self.wrong(start, &error))?;
            if attribute.value.contains('<') {
                return Err(self.wrong(start, &"an attribute value contains `<`"));
            }
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| self.wrong(start, &error))?;
            attributes.push((attribute.key.local_name().as_ref().to_owned(), value.into_owned()));
        }
        Ok(Element { name: tag.local_name().as_ref().to_owned(), attributes })
    }

    /// A character reference, or one of the five entities that XML itself defines.
    fn resolve(&self, reference: &BytesRef<'_>, start: u64) -> Result<Cow<'t, str>, DecodeError> {
        match reference.resolve_char_ref() {
            Ok(Some(character)) => Ok(Cow::Owned(character.to_string())),
            Ok(None) => resolve_xml_entity(reference)
                .map(Cow::Borrowed)
                .ok_or_else(|| self.wrong(start, &"a reference to an entity that is not defined")),
            Err(error) => Err(self.wrong(start, &error)),
        }
    }

    /// Byte positions count in UTF-8, after decoding.
    fn wrong(&self, position: u64, problem: &dyn std::fmt::Display) -> DecodeError {
        let byte = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let line = self.text.as_bytes()[..byte].split(|byte| *byte == b'\n').count();
        DecodeError::malformed(format!("not well-formed XML, line {line} (byte {byte}): {problem}"))
    }
}
