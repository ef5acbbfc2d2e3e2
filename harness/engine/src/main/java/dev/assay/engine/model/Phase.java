package dev.assay.engine.model;

/// What a model does at once.
///
/// @param kind what is done
/// @param batch sequences, images or videos
/// @param fresh tokens of each that are new
/// @param cached tokens of each that came before
/// @param devices that share each layer
/// @param expertDevices that share the experts of a layer, each of which brings as many tokens; 1 if each has a part
///     of all experts
/// @param releaseOnly whether only `--release` runs it
public record Phase(Kind kind, int batch, int fresh, int cached, int devices, int expertDevices, boolean releaseOnly) {
    /// Kinds of work.
    public enum Kind {
        /// One new token for each sequence.
        DECODE,
        /// All tokens of a prompt.
        PREFILL,
        /// An image.
        ENCODE,
        /// One step of a diffusion.
        DENOISE
    }

    long tokens() {
        return (long) batch * fresh;
    }

    /// As people read it: `decode of 16 after 1023`.
    public String label() {
        String what = switch (kind) {
            case DECODE -> "decode of " + batch + " after " + cached;
            case PREFILL -> "prefill of " + batch + " x " + fresh;
            case ENCODE -> "encoding of " + batch + " x " + fresh + " patches";
            case DENOISE -> "denoising step of " + batch + " x " + fresh + " tokens";
        };
        what = devices == 1 ? what : what + " on one of " + devices + " devices";
        return expertDevices == 1 ? what : what + " (experts on " + expertDevices + " devices)";
    }
}
