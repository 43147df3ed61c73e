package io.gotthard.assistants;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** What servers answer, as text that a model reads: pages without their markup. It takes time in proportion to their length only. */
final class PlainText {

    private static final Pattern CHARSET = Pattern.compile("(?i)charset\\s*=\\s*\"?([A-Za-z0-9_:.-]{1,40})");
    private static final Set<String> UNSEEN = Set.of(
            "script", "style", "noscript", "svg", "template", "iframe", "object", "canvas", "select", "textarea");
    private static final Set<String> LINES = Set.of(
            "p",
            "div",
            "br",
            "li",
            "ul",
            "ol",
            "tr",
            "table",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "section",
            "article",
            "header",
            "footer",
            "nav",
            "main",
            "aside",
            "blockquote",
            "pre",
            "hr",
            "dt",
            "dd",
            "title",
            "form",
            "figure");
    private static final Map<String, String> ENTITIES = Map.ofEntries(
            Map.entry("amp", "&"),
            Map.entry("lt", "<"),
            Map.entry("gt", ">"),
            Map.entry("quot", "\""),
            Map.entry("apos", "'"),
            Map.entry("nbsp", " "),
            Map.entry("ndash", "–"),
            Map.entry("mdash", "—"),
            Map.entry("hellip", "…"),
            Map.entry("laquo", "«"),
            Map.entry("raquo", "»"),
            Map.entry("euro", "€"),
            Map.entry("copy", "©"),
            Map.entry("auml", "ä"),
            Map.entry("ouml", "ö"),
            Map.entry("uuml", "ü"),
            Map.entry("Auml", "Ä"),
            Map.entry("Ouml", "Ö"),
            Map.entry("Uuml", "Ü"),
            Map.entry("szlig", "ß"),
            Map.entry("eacute", "é"),
            Map.entry("egrave", "è"),
            Map.entry("agrave", "à"),
            Map.entry("ccedil", "ç"));

    private final String html;
    private final StringBuilder out = new StringBuilder();
    private int at;

    private PlainText(String html) {
        this.html = html;
    }

    /**
     * The body as text.
     *
     * @throws Trouble if it is none
     */
    static String of(String type, Buffer body) {
        if (body.length() == 0) {
            return "";
        }
        var media = type.replaceFirst(";.*", "").strip().toLowerCase(Locale.ROOT);
        boolean text = media.isEmpty()
                || media.startsWith("text/")
                || media.endsWith("json")
                || media.endsWith("xml")
                || media.endsWith("yaml")
                || media.endsWith("javascript")
                || media.equals("application/x-www-form-urlencoded");
        if (!text) {
            throw new Trouble("The answer is no text, but " + (media.matches("[a-z0-9.+/-]{1,100}") ? media : "a file")
                    + " of " + body.length() + " bytes.");
        }
        var decoded = new String(body.getBytes(), charset(type));
        return media.contains("html") ? new PlainText(decoded).read() : decoded;
    }

    private static Charset charset(String type) {
        var said = CHARSET.matcher(type);
        try {
            return said.find() ? Charset.forName(said.group(1)) : StandardCharsets.UTF_8;
        } catch (IllegalArgumentException e) {
            return StandardCharsets.UTF_8;
        }
    }

    private String read() {
        while (at < html.length()) {
            char c = html.charAt(at);
            if (c == '<') {
                tag();
            } else if (c == '&') {
                entity();
            } else {
                append(c);
                at++;
            }
        }
        return out.toString().strip();
    }

    /** Blanks and line feeds are one blank, also several of them. */
    private void append(char c) {
        if (!Character.isWhitespace(c)) {
            out.append(c);
        } else if (!out.isEmpty() && !Character.isWhitespace(out.charAt(out.length() - 1))) {
            out.append(' ');
        }
    }

    private void line() {
        int end = out.length();
        while (end > 0 && out.charAt(end - 1) == ' ') {
            end--;
        }
        out.setLength(end);
        if (end > 0 && out.charAt(end - 1) != '\n') {
            out.append('\n');
        }
    }

    private void tag() {
        if (html.startsWith("<!--", at)) {
            int end = html.indexOf("-->", at + 4);
            at = end < 0 ? html.length() : end + 3;
            return;
        }
        int from = at + 1;
        boolean closing = from < html.length() && html.charAt(from) == '/';
        int name = closing ? from + 1 : from;
        int to = name;
        while (to < html.length() && Character.isLetterOrDigit(html.charAt(to))) {
            to++;
        }
        boolean declaration = name < html.length() && (html.charAt(name) == '!' || html.charAt(name) == '?');
        if (to == name && !declaration) {
            // A sign and no tag.
            append('<');
            at++;
            return;
        }
        var element = html.substring(name, to).toLowerCase(Locale.ROOT);
        at = endOfTag(to);
        if (LINES.contains(element)) {
            line();
        }
        if (!closing && UNSEEN.contains(element)) {
            skip(element);
        }
    }

    /** Behind the bracket that closes a tag; one in quotes does not. */
    private int endOfTag(int from) {
        char quote = 0;
        for (int i = from; i < html.length(); i++) {
            char c = html.charAt(i);
            if (quote != 0) {
                quote = c == quote ? 0 : quote;
            } else if (c == '"' || c == '\'') {
                quote = c;
            } else if (c == '>') {
                return i + 1;
            }
        }
        return html.length();
    }

    private void skip(String element) {
        for (int i = html.indexOf("</", at); i >= 0; i = html.indexOf("</", i + 2)) {
            if (html.regionMatches(true, i + 2, element, 0, element.length())) {
                at = endOfTag(i + 2 + element.length());
                return;
            }
        }
        at = html.length();
    }

    private void entity() {
        int end = html.indexOf(';', at, Math.min(html.length(), at + 10));
        var meant = end < 0 ? null : meant(html.substring(at + 1, end));
        if (meant == null) {
            out.append('&');
            at++;
        } else {
            meant.chars().forEach(c -> append((char) c));
            at = end + 1;
        }
    }

    private static String meant(String name) {
        try {
            if (name.startsWith("#x") || name.startsWith("#X")) {
                return Character.toString(Integer.parseInt(name.substring(2), 16));
            }
            return name.startsWith("#") ? Character.toString(Integer.parseInt(name.substring(1))) : ENTITIES.get(name);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
