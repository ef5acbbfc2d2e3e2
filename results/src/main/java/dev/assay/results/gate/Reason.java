package dev.assay.results.gate;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.results.RowKey;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Why a gate is closed.
///
/// @param code exit code that it asks for
/// @param what one sentence
/// @param about the row, if it is about one
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Reason(
        Kind kind,
        int code,
        String what,
        @JsonProperty("row") @Nullable RowKey about) {

    /// What is wrong, the weightiest first.
    public enum Kind {
        /// The folder is not what its run wrote.
        UNVERIFIED(8),
        /// A result is wrong.
        WRONG(3),
        /// Nothing could have failed.
        VACUOUS(3),
        /// It passed in the baseline, and is refused or not run now.
        BROKEN(3),
        /// A waiver is past its date.
        WAIVER_EXPIRED(3),
        /// A waiver waives nothing.
        WAIVER_UNNEEDED(3),
        /// A case did not end by itself.
        LOST(7),
        /// A planned row, or one of the baseline, is not there.
        MISSING(7),
        /// A case was not run and should have been.
        NOT_RUN(7),
        /// A backend refused what it must support.
        UNSUPPORTED(7),
        /// Too little was judged.
        TOO_FEW(7),
        /// A required suite was not run, or not in the required form.
        SUITE(7),
        /// Slower than the baseline by more than the margin.
        REGRESSED(4),
        /// There is nothing to compare with.
        NO_BASELINE(6),
        /// The baseline is not of the same kind.
        INCOMPARABLE(6),
        /// Nobody knows whether it became slower.
        INCONCLUSIVE(5);

        private final int code;

        Kind(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }

        @JsonValue
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Reason of(Kind kind, String what) {
        return new Reason(kind, kind.code(), what, null);
    }

    static Reason of(Kind kind, String what, RowKey row) {
        return new Reason(kind, kind.code(), what, row);
    }

    /// The row, if it is about one.
    public Optional<RowKey> row() {
        return Optional.ofNullable(about);
    }
}
