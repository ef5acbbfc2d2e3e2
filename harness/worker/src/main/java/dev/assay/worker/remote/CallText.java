package dev.assay.worker.remote;

import dev.assay.backend.Call;

/// A call as it stands in messages.
public final class CallText {
    private CallText() {}

    /// JSON over several lines.
    public static String pretty(Call call) {
        return Wire.call(call).toPrettyString();
    }
}
