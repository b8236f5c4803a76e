"""Neural baselines in plain PyTorch, one idea a file, trained at CPU scale.

`lstm`, `transformer` (encoder-decoder), `decoder` (decoder-only) and `pointer` are models that map
`source int64[b, n], target int64[b, m] -> logits float[b, m, V]`: at position k the scores of the
token after `target[:, :k + 1]`. `positions` and `attention` are their parts, `pictures` embeds
images instead of words. `tokens` turns values into tokens, `batches` makes batches, `training`
trains.
"""
