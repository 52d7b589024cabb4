export declare const testSeed: number;
export declare function seededRandom(...names: readonly (string | number)[]): (limit: number) => number;
