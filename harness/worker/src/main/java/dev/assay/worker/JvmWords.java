package dev.assay.worker;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a JVM itself prints, cut down to what says something: a row must not hold process ids and addresses, which
/// differ
/// from run to run.
final class JvmWords {
    private static final Pattern NOTICE = Pattern.compile("(?m)^WARNING: Using incubator modules: .*\\R?");
    private static final Pattern BANNER = Pattern.compile(
            "(?s)#\\s*\\R# A fatal error has been detected by the Java Runtime Environment:.*?(?:\\R#\\s*){2,}\\z|"
                    + "(?s)#\\s*\\R# A fatal error has been detected by the Java Runtime Environment:.*\\z");
    private static final Pattern SIGNAL = Pattern.compile("(?m)^#\\s+(SIG[A-Z]+) \\(0x[0-9a-f]+\\)");
    private static final Pattern FRAME = Pattern.compile("(?m)^# Problematic frame:\\R# (?:[A-Za-z]\\s+)?(.*)$");

    private JvmWords() {}

    /// The text without notices, and with the banner of a crash replaced by its signal and its frame.
    static String shortened(String words) {
        String text = NOTICE.matcher(words).replaceAll("");
        Matcher banner = BANNER.matcher(text);
        if (!banner.find()) {
            return text;
        }
        String told = banner.group();
        Matcher signal = SIGNAL.matcher(told);
        Matcher frame = FRAME.matcher(told);
        String crash = (signal.find() ? signal.group(1) : "a crash")
                + (frame.find() ? " in " + frame.group(1).strip().replaceAll("\\s+", " ") : "");
        return text.substring(0, banner.start()) + crash + "\n" + text.substring(banner.end());
    }
}
