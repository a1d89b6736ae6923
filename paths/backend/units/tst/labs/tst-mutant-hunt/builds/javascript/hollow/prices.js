export function price() {}

export function total() {}
