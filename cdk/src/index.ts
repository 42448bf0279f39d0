export * from './generated/properties';
export * from './generated-secret';
export * from './published-secret';
export * from './secrets-pair';
export * from './stored-secret';
