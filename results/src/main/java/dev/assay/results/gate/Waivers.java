package dev.assay.results.gate;

import dev.assay.HarnessException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The waivers of a file, of which no two can mean the same row.
///
/// @param waivers in the order of the file
public record Waivers(List<Waiver> waivers) {
    public static final int SCHEMA = 1;
    public static final Waivers NONE = new Waivers(List.of());
    static final List<String> FIELDS = List.of(Policy.HINT, "schema", "waivers");

    public Waivers {
        waivers = List.copyOf(waivers);
    }

    /// Throws [HarnessException] with file, line, field and what is allowed.
    public static Waivers read(Path file) {
        return of(JsonObject.read(file), file);
    }

    /// The bytes of a file of waivers, for their digest.
    public static byte[] bytes(Path file) {
        return JsonObject.bytes(file);
    }

    /// The same from memory.
    ///
    /// @param file where the bytes come from
    public static Waivers parse(Path file, byte[] bytes) {
        return of(JsonObject.parse(file, bytes), file);
    }

    private static Waivers of(JsonObject object, Path file) {
        object.only(FIELDS);
        if (object.has(Policy.HINT)) {
            object.text(Policy.HINT, "where the schema lies");
        }
        object.whole("schema", SCHEMA, SCHEMA);
        List<Waiver> waivers = new ArrayList<>();
        for (JsonObject one : object.objects("waivers", "a list of waivers")) {
            Waiver waiver = Waiver.of(one);
            for (Waiver before : waivers) {
                if (before.id().equals(waiver.id())) {
                    throw new HarnessException(
                            "two waivers are called '" + waiver.id() + "'",
                            file + ", line " + before.line() + " and line " + waiver.line(),
                            "give each an id of its own");
                }
                if (before.overlaps(waiver)) {
                    throw new HarnessException(
                            "the waivers '" + before.id() + "' and '" + waiver.id() + "' overlap: " + waiver.subject(),
                            file + ", line " + before.line() + " and line " + waiver.line(),
                            "leave one of them, or narrow them with suite, case, layer or backend_options");
                }
            }
            waivers.add(waiver);
        }
        return new Waivers(waivers);
    }
}
