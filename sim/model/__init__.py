"""The model: what there is (world), what chance brings (demand), what policy decides (policies)."""
