//! Messages as a page for a browser: a ladder between the two sides, which can be searched and folded.

use std::collections::BTreeMap;
use std::io::{self, Write};

use fixline::wire::Tag;

use super::layout::Layout;
use super::record::Record;
use super::secret::Secrets;
use super::short;
use super::text::{self, Paint, Place, Style};

/// So many pairs of sides keep their places.
const PAIRS_MAX: usize = 10_000;

/// The page needs nothing else, and gets nothing else.
const HEAD: &str = r#"<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>FIX messages</title>
<style>
body{font:13px/1.4 ui-monospace,monospace;margin:0;background:#fff;color:#222}
header{position:sticky;top:0;background:#f4f4f4;border-bottom:1px solid #ccc;padding:.5em 1em}
header input{font:inherit;width:20em}
details{border-left:3px solid #36c;margin:1px 30% 1px 1em}
details.back{border-left:0;border-right:3px solid #c63;margin:1px 1em 1px 30%}
summary{padding:1px .5em;cursor:pointer;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
summary::before{content:"\2192  ";color:#36c}.back summary::before{content:"\2190  ";color:#c63}
summary:hover,summary:focus{background:#eef}.wrong summary{color:#b00}
pre{margin:.2em 2em;white-space:pre-wrap;overflow-wrap:anywhere}
.hidden{display:none}
</style></head><body>
<header><label>Search <input id="search" type="search" autofocus></label>
<button id="open">Unfold</button> <button id="close">Fold</button>
<label><input id="beats" type="checkbox" style="width:auto"> without Heartbeats</label>
<span id="count"></span></header><main id="ladder">
"#;

const END: &str = r#"</main><script>
const rows=[...document.querySelectorAll("details")],
  texts=rows.map(row=>row.textContent.toLowerCase()),
  by=id=>document.getElementById(id);
function show(){
  const words=by("search").value.toLowerCase().split(/\s+/).filter(Boolean),
    beats=by("beats").checked;
  let shown=0;
  rows.forEach((row,at)=>{
    const is=words.every(word=>texts[at].includes(word))&&!(beats&&row.dataset.type==="0");
    row.classList.toggle("hidden",!is);shown+=is;
  });
  by("count").textContent=shown+" of "+rows.length+" messages";
}
function fold(open){rows.forEach(row=>{if(!row.classList.contains("hidden"))row.open=open})}
by("search").addEventListener("input",show);by("beats").addEventListener("change",show);
by("open").addEventListener("click",()=>fold(true));by("close").addEventListener("click",()=>fold(false));
show();
</script></body></html>
"#;

/// A page that is being written.
pub(super) struct Page {
    /// Of each pair of CompIDs, in order of names, the one that was seen to send first.
    left: BTreeMap<(Vec<u8>, Vec<u8>), Vec<u8>>,
}

impl Page {
    /// Writes what comes before the messages.
    pub(super) fn begin(out: &mut impl Write) -> io::Result<Self> {
        out.write_all(HEAD.as_bytes())?;
        Ok(Self { left: BTreeMap::new() })
    }

    #[expect(clippy::unused_self, reason = "the page ends as it begins")]
    pub(super) fn end(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(END.as_bytes())
    }

    /// Writes a message: what a line says of it, and all of it below.
    pub(super) fn message(
        &mut self,
        out: &mut impl Write,
        secrets: &Secrets,
        place: Place<'_>,
        record: &Record<'_>,
        layout: &Layout,
    ) -> io::Result<()> {
        let style = Style { paint: Paint { colour: false }, secrets, width: None };
        let mut line = Vec::new();
        short::print(&mut line, style, place, record, layout)?;
        let mut whole = Vec::new();
        text::print(&mut whole, style, place, record, layout)?;
        let back = if self.is_back(record) { "back " } else { "" };
        let wrong = if record.is_right() { "" } else { "wrong" };
        write!(out, "<details class=\"{back}{wrong}\" data-type=\"")?;
        let msg_type = record.get(Tag::MSG_TYPE).unwrap_or_default();
        escape(out, secrets.shown_text(msg_type).as_bytes())?;
        out.write_all(b"\"><summary>")?;
        escape(out, line.trim_ascii())?;
        out.write_all(b"</summary><pre>")?;
        escape(out, whole.trim_ascii_end())?;
        out.write_all(b"</pre></details>\n")
    }

    /// Whether the message goes from the right side to the left.
    fn is_back(&mut self, record: &Record<'_>) -> bool {
        let id = |tag| record.get(tag).unwrap_or_default().to_vec();
        let (sender, target) = (id(Tag::SENDER_COMP_ID), id(Tag::TARGET_COMP_ID));
        let pair =
            if sender < target { (sender.clone(), target) } else { (target, sender.clone()) };
        match self.left.get(&pair) {
            Some(left) => *left != sender,
            None => {
                if self.left.len() < PAIRS_MAX {
                    self.left.insert(pair, sender);
                }
                false
            }
        }
    }
}

/// Text between tags and in attributes.
fn escape(out: &mut impl Write, text: &[u8]) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| b"&<>\"'".contains(byte)) {
        out.write_all(&rest[..at])?;
        let name: &[u8] = match rest[at] {
            b'&' => b"&amp;",
            b'<' => b"&lt;",
            b'>' => b"&gt;",
            b'"' => b"&quot;",
            _ => b"&#39;",
        };
        out.write_all(name)?;
        rest = &rest[at + 1..];
    }
    out.write_all(rest)
}

#[cfg(test)]
mod tests {
    use super::super::tests::first;
    use super::*;

    // SAFE-05
    #[test]
    fn nothing_of_others_reaches_the_page_unescaped() {
        let line =
            "x<b> 8=FIX.4.4|9=1|35=<i>|49=\"A'|56=&B|58=</pre><script>\u{202e}|554=hunter2|10=000|";
        let mut out = Vec::new();
        let place = Place { file: None, line: 1 };
        let record = first(line.as_bytes());
        let (mut page, layout) = (Page::begin(&mut io::sink()).unwrap(), Layout::default());
        page.message(&mut out, &Secrets::default(), place, &record, &layout).unwrap();
        let text = String::from_utf8(out).unwrap();
        let tags = ["<details ", "<summary>", "</summary>", "<pre>", "</pre>", "</details>"];
        assert_eq!(text.matches('<').count(), tags.len(), "{text}");
        assert!(tags.iter().all(|tag| text.contains(tag)), "{text}");
        assert!(text.contains("data-type=\"&lt;i&gt;\">"), "{text}");
        assert!(!text.contains("hunter2") && !text.contains('\u{202e}'), "{text}");
    }

    #[test]
    fn the_first_to_send_stands_on_the_left() {
        let mut page = Page::begin(&mut io::sink()).unwrap();
        let mut is_back = |from: &str, to: &str| {
            page.is_back(&first(format!("8=FIX.4.4|9=1|49={from}|56={to}|10=000|").as_bytes()))
        };
        assert!(!is_back("B", "A"));
        assert!(is_back("A", "B"));
        assert!(!is_back("B", "A"));
        assert!(!is_back("A", "C"));
    }
}
