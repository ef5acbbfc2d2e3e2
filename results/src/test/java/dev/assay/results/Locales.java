package dev.assay.results;

import java.io.IOException;
import java.util.Locale;

/// Runs something under another default locale and puts the old one back.
public final class Locales {
    private Locales() {}

    public interface Action {
        void run() throws IOException;
    }

    public static void run(String tag, Action action) throws IOException {
        Locale before = Locale.getDefault();
        Locale display = Locale.getDefault(Locale.Category.DISPLAY);
        Locale format = Locale.getDefault(Locale.Category.FORMAT);
        try {
            Locale.setDefault(Locale.forLanguageTag(tag));
            action.run();
        } finally {
            Locale.setDefault(before);
            Locale.setDefault(Locale.Category.DISPLAY, display);
            Locale.setDefault(Locale.Category.FORMAT, format);
        }
    }
}
