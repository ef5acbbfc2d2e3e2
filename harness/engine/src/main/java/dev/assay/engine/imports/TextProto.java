package dev.assay.engine.imports;

import dev.assay.HarnessException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Protocol buffers in text format, without a schema: a tree of named fields.
///
/// The parsers of protobuf-java need the message's descriptor; here only the fields that a reader asks for are known.
/// Source: Protocol Buffers, Text Format Language Specification. Not read: extensions and `Any` in brackets.
final class TextProto {

    /// A field's value.
    sealed interface Value {}

    /// A number, an identifier such as `DTYPE_HALF` or `true`, as it stands there.
    record Scalar(String text) implements Value {}

    /// What stands in quotes.
    record Text(String text) implements Value {}

    record Field(String name, Value value) {}

    /// Fields in their order; a name may come again.
    record Message(List<Field> fields) implements Value {
        Message {
            fields = List.copyOf(fields);
        }

        /// All values of this name.
        List<Value> all(String name) {
            return fields.stream()
                    .filter(field -> field.name().equals(name))
                    .map(Field::value)
                    .toList();
        }

        /// All messages of this name.
        List<Message> messages(String name) {
            return all(name).stream()
                    .filter(Message.class::isInstance)
                    .map(Message.class::cast)
                    .toList();
        }

        /// The last message of this name, as repeated settings of one field mean it.
        Optional<Message> message(String name) {
            List<Message> all = messages(name);
            return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
        }

        /// Texts of all numbers, identifiers and strings of this name.
        List<String> scalars(String name) {
            List<String> texts = new ArrayList<>();
            for (Value value : all(name)) {
                switch (value) {
                    case Scalar(String text) -> texts.add(text);
                    case Text(String text) -> texts.add(text);
                    case Message ignored -> {}
                }
            }
            return texts;
        }

        /// The last of [#scalars].
        Optional<String> scalar(String name) {
            List<String> all = scalars(name);
            return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
        }
    }

    private final String text;
    private final String where;
    private int at;

    private TextProto(String text, String where) {
        this.text = text;
        this.where = where;
    }

    /// Reads a message. Throws [HarnessException] with the line of what is wrong.
    static Message parse(String text, String where) {
        TextProto parser = new TextProto(text, where);
        parser.skip();
        Message message = parser.message('\0');
        if (parser.at < text.length()) {
            throw parser.wrong("'" + text.charAt(parser.at) + "' is out of place");
        }
        return message;
    }

    /// Fields up to the closing bracket, which is left standing.
    private Message message(char close) {
        List<Field> fields = new ArrayList<>();
        while (at < text.length() && text.charAt(at) != close) {
            String name = word("a field's name");
            boolean colon = accept(':');
            if (at >= text.length()) {
                throw wrong("field '" + name + "' has no value");
            }
            if (accept('[')) {
                while (!accept(']')) {
                    fields.add(new Field(name, value(name, colon)));
                    if (!accept(',') && peek() != ']') {
                        throw wrong("a list is not closed");
                    }
                }
            } else {
                fields.add(new Field(name, value(name, colon)));
            }
            if (!accept(',')) {
                accept(';');
            }
        }
        return new Message(fields);
    }

    private Value value(String name, boolean colon) {
        char first = peek();
        if (first == '{' || first == '<') {
            accept(first);
            char close = first == '{' ? '}' : '>';
            Message inner = message(close);
            if (!accept(close)) {
                throw wrong("field '" + name + "' is not closed by " + close);
            }
            return inner;
        }
        if (!colon) {
            throw wrong("field '" + name + "' has neither ':' nor a message");
        }
        if (first == '"' || first == '\'') {
            StringBuilder joined = new StringBuilder();
            while (peek() == '"' || peek() == '\'') {
                joined.append(quoted());
            }
            return new Text(joined.toString());
        }
        String sign = accept('-') ? "-" : "";
        return new Scalar(sign + word("the value of '" + name + "'"));
    }

    private String quoted() {
        char quote = text.charAt(at++);
        StringBuilder content = new StringBuilder();
        while (at < text.length() && text.charAt(at) != quote && text.charAt(at) != '\n') {
            char next = text.charAt(at++);
            if (next == '\\' && at < text.length()) {
                char escaped = text.charAt(at++);
                int plain = "nrt\\'\"".indexOf(escaped);
                if (plain < 0) {
                    throw wrong("the escape \\" + escaped + " is not read");
                }
                next = "\n\r\t\\'\"".charAt(plain);
            }
            content.append(next);
        }
        if (at >= text.length() || text.charAt(at) != quote) {
            throw wrong("a string is not closed");
        }
        at++;
        skip();
        return content.toString();
    }

    /// A run of what names and numbers are made of.
    private String word(String what) {
        int start = at;
        while (at < text.length() && isPartOfWord(text.charAt(at), start)) {
            at++;
        }
        if (at == start) {
            throw wrong(
                    at < text.length() ? "'" + text.charAt(at) + "' where " + what + " belongs" : what + " is missing");
        }
        String word = text.substring(start, at);
        skip();
        return word;
    }

    private boolean isPartOfWord(char c, int start) {
        boolean exponentSign = (c == '+' || c == '-')
                && at > start
                && Character.isDigit(text.charAt(start))
                && Character.toLowerCase(text.charAt(at - 1)) == 'e';
        return Character.isLetterOrDigit(c) || c == '_' || c == '.' || exponentSign;
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private boolean accept(char expected) {
        if (at < text.length() && text.charAt(at) == expected) {
            at++;
            skip();
            return true;
        }
        return false;
    }

    /// Blanks and comments.
    private void skip() {
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '#') {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end;
            } else if (Character.isWhitespace(c) || c == '\uFEFF') {
                at++;
            } else {
                return;
            }
        }
    }

    private HarnessException wrong(String what) {
        long line = text.substring(0, Math.min(at, text.length()))
                        .chars()
                        .filter(c -> c == '\n')
                        .count()
                + 1;
        return new HarnessException(what, where + ", line " + line, "write it in the text format of protocol buffers");
    }
}
