package dev.assay.results.store;

import dev.assay.results.Disk;
import dev.assay.results.Json;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// A name for a folder, of text that may come from a plugin: it never leads anywhere else.
///
/// Plain text stays as it is: small letters, digits, `-`, `_` and single dots within, at most 64 characters, so that
/// it is the same folder on every file system. Any other becomes what of it is plain, `~`, and 12 hex digits of its
/// SHA-256;
/// as `~` is not plain, no two texts share a name.
final class SafeName {
    private static final int LONGEST = 64;
    private static final int SHOWN = 40;
    private static final int DIGITS = 12;
    private static final Pattern PLAIN = Pattern.compile("[a-z0-9_-]+(\\.[a-z0-9_-]+)*");

    /// Windows takes these for devices, with any ending.
    private static final Set<String> DEVICES = Set.of("con", "prn", "aux", "nul");

    private static final Pattern PORT = Pattern.compile("(com|lpt)[0-9]");

    private SafeName() {}

    static String of(String text) {
        return isPlain(text) ? text : cut(text) + "~" + Json.sha256(text).substring(0, DIGITS);
    }

    private static boolean isPlain(String text) {
        String stem = text.split("\\.", 2)[0];
        return text.length() <= LONGEST
                && PLAIN.matcher(text).matches()
                && !text.startsWith("-")
                && !text.endsWith(Disk.PART)
                && !text.endsWith(Publication.OLD)
                && !DEVICES.contains(stem)
                && !PORT.matcher(stem).matches();
    }

    private static String cut(String text) {
        String slug =
                text.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-|-$", "");
        String some = slug.length() > SHOWN ? slug.substring(0, SHOWN) : slug;
        return some.isEmpty() ? "x" : some;
    }
}
