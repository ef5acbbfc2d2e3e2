package dev.assay.results;

import org.jspecify.annotations.Nullable;

/// One judged case: a row of `cases.csv`. The components, in order, are the columns.
///
/// No time, host or path stands here: two identical runs give identical bytes. Empty means "not measured", never zero.
///
/// @param suite the suite that planned it
/// @param caseId `operator/dtypes/shapes/attributes/fill`, see `docs/case-id.md`
/// @param caseHash 16 hex digits over what the case means
/// @param operator name in the catalogue
/// @param dtypes of inputs and outputs
/// @param shapes sizes, as in the case id
/// @param attributes those that differ from their defaults, as in the case id
/// @param fill recipe of the inputs
/// @param seed of the inputs
/// @param backend id of the plugin
/// @param backendOptions as given
/// @param backendVersion of the plugin
/// @param device model
/// @param contract what arithmetic the kernel declared
/// @param boundTightness median of the bound in ulps of the output
/// @param verdict how it ended
/// @param layer the layer of the judge that objected
/// @param reason one sentence
/// @param diagnosis what kind of wrong it looks like
/// @param elements compared
/// @param mismatches elements that are wrong
/// @param worstErrorRatio largest error divided by its bound
/// @param rmsRatio rms of error divided by the expected error
/// @param maxUlp largest error in ulps of the output
/// @param biasZ z-score of the mean signed error
/// @param worstIndex the element with the largest error ratio, such as `Y[3,5]`
/// @param expected its exact value
/// @param actual what the device returned for it
/// @param bound the error allowed for it
/// @param deterministic whether two runs gave equal bits
/// @param outputSha256 over the bytes of all outputs
public record CaseRow(
        String suite,
        String caseId,
        String caseHash,
        String operator,
        String dtypes,
        String shapes,
        String attributes,
        String fill,
        long seed,
        String backend,
        String backendOptions,
        String backendVersion,
        String device,
        String contract,
        @Nullable Double boundTightness,
        Verdict verdict,
        String layer,
        String reason,
        String diagnosis,
        @Nullable Long elements,
        @Nullable Long mismatches,
        @Nullable Double worstErrorRatio,
        @Nullable Double rmsRatio,
        @Nullable Double maxUlp,
        @Nullable Double biasZ,
        String worstIndex,
        @Nullable Double expected,
        @Nullable Double actual,
        @Nullable Double bound,
        @Nullable Boolean deterministic,
        String outputSha256)
        implements Keyed {

    @Override
    public RowKey key() {
        return new RowKey(suite, caseId, seed, backend, backendOptions);
    }
}
