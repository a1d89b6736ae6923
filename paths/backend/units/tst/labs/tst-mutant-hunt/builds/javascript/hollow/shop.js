export class SoldOutError extends Error {}

export class TooLateError extends Error {}

export class Shop {
  hold() {}

  buy() {}
}
