package dev.assay.results.gate;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.assay.HarnessException;
import dev.assay.results.Json;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// An object of a JSON file that a person wrote. Whatever is wrong with it is told with file, line, field and what is
/// allowed there.
final class JsonObject {
    private static final long LARGEST_FILE = 16L << 20;

    private final Path file;
    private final String field;
    private final long line;
    private final Map<String, Value> members;

    /// A value and where it begins.
    private record Value(Kind kind, Object content, long line) {}

    private enum Kind {
        TEXT("a text"),
        NUMBER("a number"),
        TRUTH("true or false"),
        NULL("null"),
        LIST("a list"),
        OBJECT("an object");

        private final String word;

        Kind(String word) {
            this.word = word;
        }
    }

    private JsonObject(Path file, String field, long line, Map<String, Value> members) {
        this.file = file;
        this.field = field;
        this.line = line;
        this.members = members;
    }

    /// The object that a file holds. Throws [HarnessException] if it holds anything else.
    static JsonObject read(Path file) {
        return parse(file, bytes(file));
    }

    /// The bytes of a file that a person wrote.
    static byte[] bytes(Path file) {
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new HarnessException(
                        "the file has more than " + LARGEST_FILE + " bytes", file.toString(), "give a smaller one");
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new HarnessException(
                    "the file cannot be read: " + e, file.toString(), "give a file that can be read", e);
        }
    }

    /// @param file where the bytes come from
    static JsonObject parse(Path file, byte[] bytes) {
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new HarnessException("the text is not UTF-8", file.toString(), "save it as UTF-8", e);
        }
        try (JsonParser parser = Json.STRICT.getFactory().createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new HarnessException("the file holds no object", file + ", line 1", "begin it with {");
            }
            Value whole = value(parser);
            if (parser.nextToken() != null) {
                throw new HarnessException(
                        "more follows behind the object",
                        file + ", line " + parser.currentLocation().getLineNr(),
                        "leave one object in the file");
            }
            return of(file, "", whole);
        } catch (JsonProcessingException e) {
            long line =
                    e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
            throw new HarnessException(
                    "this is no JSON: " + e.getOriginalMessage(), file + ", line " + line, "mend the line", e);
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory does not fail", e);
        }
    }

    private static Value value(JsonParser parser) throws IOException {
        long line = parser.currentTokenLocation().getLineNr();
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, Value> members = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    members.put(name, value(parser));
                }
                yield new Value(Kind.OBJECT, members, line);
            }
            case START_ARRAY -> {
                List<Value> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(parser));
                }
                yield new Value(Kind.LIST, items, line);
            }
            case VALUE_STRING -> new Value(Kind.TEXT, parser.getText(), line);
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Value(Kind.NUMBER, new BigDecimal(parser.getText()), line);
            case VALUE_TRUE -> new Value(Kind.TRUTH, true, line);
            case VALUE_FALSE -> new Value(Kind.TRUTH, false, line);
            default -> new Value(Kind.NULL, "", line);
        };
    }

    @SuppressWarnings("unchecked") // the kind says what the content is
    private static JsonObject of(Path file, String field, Value value) {
        return new JsonObject(file, field, value.line(), (Map<String, Value>) value.content());
    }

    long line() {
        return line;
    }

    /// Refuses every member that is none of these.
    JsonObject only(List<String> names) {
        for (String name : members.keySet()) {
            if (!names.contains(name)) {
                throw wrong(name, "there is no field '" + name + "' here", "use " + String.join(", ", names));
            }
        }
        return this;
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    boolean isText(String name) {
        Value value = members.get(name);
        return value != null && value.kind() == Kind.TEXT;
    }

    /// What is wrong with a member, with its line.
    HarnessException wrong(String name, String what, String fix) {
        Value value = members.get(name);
        long at = value == null ? line : value.line();
        String path = field.isEmpty() ? name : name.isEmpty() ? field : field + "." + name;
        return new HarnessException(what, file + ", line " + at + ", field " + path, fix);
    }

    private Value required(String name, String what) {
        Value value = members.get(name);
        if (value == null) {
            throw wrong(name, "the field '" + name + "' is missing", "add \"" + name + "\": " + what);
        }
        return value;
    }

    private Value of(String name, Kind kind, String what) {
        Value value = required(name, what);
        if (value.kind() != kind) {
            throw wrong(name, "the field '" + name + "' holds " + value.kind().word, "write " + what);
        }
        return value;
    }

    /// @param what is allowed, for whoever wrote something else
    String text(String name, String what) {
        String text = (String) of(name, Kind.TEXT, what).content();
        if (text.isBlank()) {
            throw wrong(name, "the field '" + name + "' is empty", "write " + what);
        }
        if (text.codePoints().anyMatch(Character::isISOControl)) {
            throw wrong(name, "the field '" + name + "' holds a control character", "write " + what);
        }
        return text;
    }

    Optional<String> optionalText(String name, String what) {
        return has(name) ? Optional.of(text(name, what)) : Optional.empty();
    }

    long whole(String name, long least, long most) {
        String what = "a whole number from " + least + " to " + most;
        BigDecimal number = (BigDecimal) of(name, Kind.NUMBER, what).content();
        // Tried before the scale is looked at: 1e999999999 has none that fits.
        boolean fits = number.compareTo(BigDecimal.valueOf(least)) >= 0
                && number.compareTo(BigDecimal.valueOf(most)) <= 0
                && number.remainder(BigDecimal.ONE).signum() == 0;
        if (!fits) {
            throw wrong(name, "the field '" + name + "' is " + number, "write " + what);
        }
        return number.longValueExact();
    }

    double number(String name, double least, double most) {
        String what = "a number from " + least + " to " + most;
        double number = ((BigDecimal) of(name, Kind.NUMBER, what).content()).doubleValue();
        if (!(number >= least && number <= most)) {
            throw wrong(name, "the field '" + name + "' is " + number, "write " + what);
        }
        return number;
    }

    /// A list with something in it.
    List<String> texts(String name, String what) {
        List<String> texts = new ArrayList<>();
        for (Value item : items(name, what)) {
            if (item.kind() != Kind.TEXT || ((String) item.content()).isBlank()) {
                throw wrong(
                        name, "the field '" + name + "' holds " + item.kind().word + " in its list", "write " + what);
            }
            texts.add((String) item.content());
        }
        if (texts.isEmpty()) {
            throw wrong(name, "the field '" + name + "' is an empty list", "write " + what);
        }
        return texts;
    }

    List<JsonObject> objects(String name, String what) {
        List<JsonObject> objects = new ArrayList<>();
        for (Value item : items(name, what)) {
            if (item.kind() != Kind.OBJECT) {
                throw wrong(
                        name, "the field '" + name + "' holds " + item.kind().word + " in its list", "write " + what);
            }
            String path = (field.isEmpty() ? name : field + "." + name) + "[" + objects.size() + "]";
            objects.add(of(file, path, item));
        }
        return objects;
    }

    /// An object of texts by name.
    @SuppressWarnings("unchecked") // the kind says what the content is
    Map<String, String> mapOfTexts(String name, String what) {
        Map<String, String> texts = new TreeMap<>();
        ((Map<String, Value>) of(name, Kind.OBJECT, what).content()).forEach((key, value) -> {
            if (value.kind() != Kind.TEXT) {
                throw wrong(name, "'" + key + "' in '" + name + "' holds " + value.kind().word, "write " + what);
            }
            texts.put(key, (String) value.content());
        });
        return texts;
    }

    @SuppressWarnings("unchecked") // the kind says what the content is
    private List<Value> items(String name, String what) {
        return (List<Value>) of(name, Kind.LIST, what).content();
    }
}
