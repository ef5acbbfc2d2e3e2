package dev.assay.tck.rules;

import dev.assay.backend.Backend;
import dev.assay.backend.Buffer;

/// How much is allocated.
final class C15AllocatesEnough extends Rule {
    private static final long[] SIZES = {1, 3, 64, 4095, 4097, 1 << 20};

    C15AllocatesEnough() {
        super(
                "C15",
                "`allocate()` gives at least the bytes that were asked for",
                "what is missing is somebody else's memory",
                "buffers from 1 byte to 1 MiB are allocated, asked for their size, and written at their last byte");
    }

    @Override
    Outcome look(Candidate candidate) {
        try (Backend backend = candidate.open()) {
            for (long size : SIZES) {
                candidate.at("allocate(" + size + ")");
                try (Buffer buffer = backend.allocate(size)) {
                    if (Candidate.isNull(buffer)) {
                        throw Found.violation("it answers null", candidate.where(), "answer a buffer or throw");
                    }
                    if (buffer.bytes() < size) {
                        throw Found.violation(
                                "the buffer has " + buffer.bytes() + " bytes",
                                candidate.where(),
                                "allocate at least what was asked for");
                    }
                    Bytes.write(buffer, size - 1, Bytes.random(1, size));
                }
            }
            return new Outcome.Ok(Candidate.count(SIZES.length, "buffer"));
        }
    }
}
