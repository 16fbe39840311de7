// SPDX-License-Identifier: MIT
pragma solidity ^0.8.34;

import {IOrderSettlement} from "../interfaces/IOrderSettlement.sol";

/// @notice EIP-712 struct hash of an order. Every field is typed, so a wallet shows all that is signed.
/// @dev The type string, in one piece:
///      Order(address owner,uint96 subaccount,address signer,address taker,Leg[] legs,uint64 quantity,int256 limitPrice,
///      uint16 maxFeeBps,uint64 triggerPrice,bool triggerAbove,bool reduceOnly,uint40 expiry,uint256 nonce,uint32 epoch)
///      Leg(uint64 instrument,int64 ratio)
library OrderHash {
    bytes32 internal constant LEG_TYPEHASH = keccak256("Leg(uint64 instrument,int64 ratio)");

    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(address owner,uint96 subaccount,address signer,address taker,Leg[] legs,uint64 quantity,int256 limitPrice,"
        "uint16 maxFeeBps,uint64 triggerPrice,bool triggerAbove,bool reduceOnly,uint40 expiry,uint256 nonce,uint32 epoch)"
        "Leg(uint64 instrument,int64 ratio)"
    );

    function structHash(IOrderSettlement.Order calldata order) internal pure returns (bytes32) {
        IOrderSettlement.Leg[] calldata legs = order.legs;
        bytes32[] memory hashes = new bytes32[](legs.length);
        for (uint256 i; i < hashes.length; ++i) {
            hashes[i] = keccak256(abi.encode(LEG_TYPEHASH, legs[i].instrument, legs[i].ratio));
        }
        bytes memory parties = abi.encode(
            ORDER_TYPEHASH,
            order.owner,
            order.subaccount,
            order.signer,
            order.taker,
            keccak256(abi.encodePacked(hashes))
        );
        // Every field takes one word, so the encodings of two halves, one after the other, are the encoding of the whole.
        return keccak256(bytes.concat(parties, _encodeTerms(order)));
    }

    function _encodeTerms(IOrderSettlement.Order calldata order) private pure returns (bytes memory) {
        return
            abi.encode(
                order.quantity,
                order.limitPrice,
                order.maxFeeBps,
                order.triggerPrice,
                order.triggerAbove,
                order.reduceOnly,
                order.expiry,
                order.nonce,
                order.epoch
            );
    }
}
