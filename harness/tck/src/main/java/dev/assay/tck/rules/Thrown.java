package dev.assay.tck.rules;

/// Exceptions in a few words.
final class Thrown {
    private Thrown() {}

    /// Class, message and the place that threw.
    static String told(Throwable thrown) {
        StackTraceElement[] trace = thrown.getStackTrace();
        return "threw " + thrown + (trace.length > 0 ? " at " + trace[0] : "");
    }

    /// Whether an exception says anything.
    static boolean isSilent(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null || message.isBlank();
    }
}
